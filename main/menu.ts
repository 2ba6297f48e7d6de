import type { MenuItemConstructorOptions } from "electron"
import type { MenuCommand } from "../protocol/ipc.ts"

export interface MenuActions {
  /** For the window in front. */
  command(command: MenuCommand): void
  newFile(): void
  openFile(): void
  openFolder(): void
  openRecent(key: string): void
  closeWindow(): void
  help(): void
}

export interface MenuState {
  platform: NodeJS.Platform
  /** The newest first. */
  recent: readonly { key: string; title: string }[]
  hasWindow: boolean
}

type Item = MenuItemConstructorOptions

const separator: Item = { type: "separator" }

/** The application menu of the platform, as Electron builds it. */
export function menuTemplate(state: MenuState, actions: MenuActions): Item[] {
  const mac = state.platform === "darwin"
  const command = commandItem(state, actions)
  return [
    ...(mac ? [appMenu(command)] : []),
    fileMenu(state, actions, command),
    editMenu(state, command),
    viewMenu(command),
    windowMenu(mac, command),
    helpMenu(mac, actions),
  ]
}

type CommandItem = (command: MenuCommand, label: string, accelerator?: string) => Item

function commandItem(state: MenuState, actions: MenuActions): CommandItem {
  return (command, label, accelerator) => ({
    id: command,
    label,
    enabled: state.hasWindow,
    ...(accelerator === undefined ? {} : { accelerator }),
    click: () => actions.command(command),
  })
}

function appMenu(command: CommandItem): Item {
  return {
    role: "appMenu",
    submenu: [
      { role: "about" },
      separator,
      command("settings", "Settings…", "Command+,"),
      separator,
      { role: "services" },
      separator,
      { role: "hide" },
      { role: "hideOthers" },
      { role: "unhide" },
      separator,
      { role: "quit" },
    ],
  }
}

function fileMenu(state: MenuState, actions: MenuActions, command: CommandItem): Item {
  const mac = state.platform === "darwin"
  return {
    label: "&File",
    submenu: [
      { id: "new-file", label: "New file…", accelerator: "CmdOrCtrl+N", click: () => actions.newFile() },
      { id: "open-file", label: "Open file…", accelerator: "CmdOrCtrl+O", click: () => actions.openFile() },
      {
        id: "open-folder",
        label: "Open folder…",
        accelerator: "CmdOrCtrl+Shift+O",
        click: () => actions.openFolder(),
      },
      { id: "open-recent", label: "Open recent", submenu: recentItems(state, actions) },
      separator,
      command("share", "Share…", "CmdOrCtrl+Shift+S"),
      separator,
      ...(mac ? [] : [command("settings", "Settings…", "Ctrl+,"), separator]),
      command("close-tab", "Close tab", "CmdOrCtrl+W"),
      {
        id: "close-window",
        label: "Close window",
        accelerator: "CmdOrCtrl+Shift+W",
        enabled: state.hasWindow,
        click: () => actions.closeWindow(),
      },
      ...(mac
        ? []
        : [separator, { id: "quit", role: "quit" as const, label: "Quit", accelerator: "Ctrl+Q" }]),
    ],
  }
}

function recentItems(state: MenuState, actions: MenuActions): Item[] {
  if (state.recent.length === 0) return [{ label: "Nothing yet", enabled: false }]
  return state.recent.map(({ key, title }) => ({
    // An ampersand would mark the letter after it as a shortcut.
    label: title.replaceAll("&", "&&"),
    click: () => actions.openRecent(key),
  }))
}

/** Undo is a command, not the system's: each person takes back their own words only. */
function editMenu(state: MenuState, command: CommandItem): Item {
  const mac = state.platform === "darwin"
  return {
    label: "&Edit",
    submenu: [
      command("undo", "Undo", "CmdOrCtrl+Z"),
      command("redo", "Redo", state.platform === "win32" ? "Ctrl+Y" : "CmdOrCtrl+Shift+Z"),
      separator,
      { role: "cut" },
      { role: "copy" },
      { role: "paste" },
      { role: "pasteAndMatchStyle", label: "Paste as plain text" },
      { role: "selectAll" },
      separator,
      command("find", "Find…", "CmdOrCtrl+F"),
      command("replace", "Replace…", mac ? "Alt+Command+F" : "Ctrl+H"),
    ],
  }
}

function viewMenu(command: CommandItem): Item {
  return {
    label: "&View",
    submenu: [
      command("toggle-files", "Files", "CmdOrCtrl+\\"),
      separator,
      command("zoom-text-in", "Larger text", "CmdOrCtrl+="),
      command("zoom-text-out", "Smaller text", "CmdOrCtrl+-"),
      command("zoom-text-reset", "Usual text size", "CmdOrCtrl+0"),
      separator,
      { role: "togglefullscreen", label: "Full screen" },
      separator,
      { role: "toggleDevTools", label: "Developer tools" },
    ],
  }
}

function windowMenu(mac: boolean, command: CommandItem): Item {
  return {
    label: "&Window",
    role: "windowMenu",
    submenu: [
      command("next-tab", "Next tab", "Ctrl+Tab"),
      command("previous-tab", "Previous tab", "Ctrl+Shift+Tab"),
      separator,
      { role: "minimize" },
      ...(mac ? [{ role: "zoom" as const }, separator, { role: "front" as const }] : []),
    ],
  }
}

function helpMenu(mac: boolean, actions: MenuActions): Item {
  return {
    label: "&Help",
    role: "help",
    submenu: [
      { id: "help", label: "Manyhands help", click: () => actions.help() },
      ...(mac ? [] : [separator, { role: "about" as const, label: "About Manyhands" }]),
    ],
  }
}
