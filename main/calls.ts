import { clipboard, nativeTheme, shell } from "electron"
import type { Absence } from "../protocol/absence.ts"
import type { Knock } from "../protocol/embedded.ts"
import { AppError, type ErrorReport } from "../protocol/errors.ts"
import {
  type IpcArguments,
  ownHost,
  type Settings,
  type WindowState,
  type Workspace,
} from "../protocol/ipc.ts"
import type { Documents } from "./documents.ts"
import type { EmbeddedServer } from "./embedded-server.ts"
import { externalLink } from "./external-link.ts"
import { type Handlers, outcome } from "./ipc.ts"
import type { Nearby } from "./nearby/nearby.ts"
import type { Opener } from "./opener.ts"
import { type SettingsFile, shownSettings, withJoined } from "./settings.ts"
import type { Sharing } from "./sharing.ts"
import type { AppWindow } from "./window.ts"
import type { Windows } from "./windows.ts"

export interface CallsOptions {
  opener: Opener
  documents: Documents
  sharing: Sharing
  nearby: Nearby
  settings: SettingsFile
  windows: Windows
  server: Pick<EmbeddedServer, "address" | "request">
  version: string
  /** Whether the store takes writes, as the server said it last. */
  storeTrouble(): ErrorReport | null
  knocks(): readonly Knock[]
}

/** What the windows may ask, each call with its answer. */
export function windowCalls(options: CallsOptions): Handlers<AppWindow> {
  const { opener, documents, sharing, nearby } = options
  return {
    "window-state": (window) => windowState(window, options),
    "open-folder-dialog": (window) => done(() => opener.openFolderDialog(window)),
    "open-file-dialog": (window) => done(() => opener.openFileDialog(window)),
    "new-file-dialog": (window) => done(() => opener.newFileDialog(window)),
    "open-recent": (_window, key) => done(() => opener.openRecent(key)),
    "find-recent": (window, key) => done(() => opener.findRecent(key, window)),
    "open-paths": (_window, paths) => done(() => opener.openPaths(paths)),
    "join-link": (_window, link) => done(() => opener.join(link)),
    "open-document": (window, path) => outcome(() => documents.open(window, path)),
    "create-document": (window, path) => outcome(() => documents.create(window, path)),
    "restore-document": (window, room) =>
      done(async () => {
        await options.server.request({ kind: "file-restore", room: openedBy(window, room).room })
      }),
    "share-document": (window, room) => outcome(() => share(window, room, options)),
    "stop-sharing": (window, room) => done(async () => sharing.stop(await sharedBy(window, room, options))),
    "share-state": (window, room) =>
      outcome(async () => sharing.state(await sharedBy(window, room, options))),
    "share-folder": (window) =>
      outcome(() => sharing.shareFolder(folderOf(window), namesFor(window, options))),
    "stop-sharing-folder": (window) => done(() => sharing.stopFolder(folderOf(window))),
    "folder-share-state": (window) =>
      outcome(() => (window.workspace.kind === "folder" ? sharing.folderState(window.workspace.path) : null)),
    "set-nearby": (window, room, on) =>
      outcome(async () => sharing.setNearby(await sharedBy(window, room, options), on)),
    "continue-on-server": (window, room, link) =>
      outcome(async () => sharing.continueOn(await sharedBy(window, room, options), link)),
    "bring-back": (window, room) =>
      outcome(async () => sharing.bringBack(await sharedBy(window, room, options))),
    "take-over": (window) => done(() => takeOver(window, options)),
    "answer-knock": (_window, id, admit) =>
      done(async () => {
        await options.server.request({ kind: "knock-answer", id, admit })
      }),
    "look-nearby": (_window, isWanted) => {
      options.settings.change((kept) => ({ ...kept, looksNearby: isWanted }))
      nearby.look(isWanted)
      return null
    },
    "join-nearby": (_window, id) => done(() => nearby.join(id)),
    "stop-asking": (_window, id) => {
      nearby.stopAsking(id)
      return null
    },
    "read-absence": (window, room) => outcome(() => readAbsence(openedBy(window, room).room, options)),
    "dismiss-absence": (window, room, until) =>
      done(async () => {
        const opened = openedBy(window, room)
        await options.server.request({ kind: "absence-dismiss", room: opened.room, until })
      }),
    "save-tabs": (window, tabs) => {
      window.tabs = tabs
      return null
    },
    "save-place": (window, path, place) => {
      window.keepPlace(path, place)
      return null
    },
    "save-settings": (_window, change) => saveSettings(change, options),
    "open-external": (_window, link) => done(() => openExternal(link)),
    "copy-text": (_window, text) => {
      clipboard.writeText(text)
      return null
    },
    "unsaved-words": (window, unsaved) => {
      window.hasUnsavedWords = unsaved
      return null
    },
  }
}

async function windowState(window: AppWindow, options: CallsOptions): Promise<WindowState> {
  const { opener, settings, server, version } = options
  const [recent, tree] = await Promise.all([opener.recentEntries(), window.tree()])
  // After the answer: the page then knows what they are about.
  setImmediate(() => {
    window.pageKnowsState()
    window.send("store-trouble", options.storeTrouble())
  })
  return {
    workspace: window.workspace,
    settings: shownSettings(settings.kept),
    recent,
    server: server.address,
    tree,
    nearby: options.nearby.view,
    knocks: [...options.knocks()],
    tabs: window.tabs,
    platform: platform(),
    version,
  }
}

/** Whether this computer is the host of what was joined once. */
function isTakenOver(workspace: Workspace): boolean {
  return workspace.kind === "joined" && workspace.host === ownHost
}

/** The room, if it is one that this window may share. @throws AppError NOT_ALLOWED */
async function sharedBy(window: AppWindow, room: string, { sharing }: CallsOptions): Promise<string> {
  const { workspace } = window
  if (workspace.kind === "joined" && isTakenOver(workspace) && workspace.room === room) return room
  const folder = workspace.kind === "folder" ? await sharing.folderState(workspace.path) : null
  if (folder?.room !== room) openedBy(window, room)
  return room
}

async function takeOver(window: AppWindow, { server, windows, settings }: CallsOptions): Promise<void> {
  const { workspace } = window
  if (workspace.kind !== "joined") throw new AppError("NOT_ALLOWED", "This is on this computer already.")
  await server.request({ kind: "take-over", room: workspace.room })
  const own = { ...workspace, role: "owner" as const, by: "", host: ownHost }
  windows.changeJoined(own)
  settings.change((kept) => withJoined(kept, own))
}

/** @throws AppError NOT_ALLOWED */
function folderOf({ workspace }: AppWindow): string {
  if (workspace.kind !== "folder") throw new AppError("NOT_ALLOWED", "This window shows no folder.")
  return workspace.path
}

function namesFor({ workspace }: AppWindow, options: CallsOptions): { title: string; by: string } {
  return { title: workspace.kind === "none" ? "" : workspace.title, by: sharerName(options) }
}

function sharerName({ settings }: CallsOptions): string {
  const { name } = settings.kept.person
  return name === "" ? "Somebody" : name
}

async function share(window: AppWindow, room: string, options: CallsOptions) {
  const { workspace } = window
  if (workspace.kind === "joined" && isTakenOver(workspace) && workspace.room === room)
    return options.sharing.share(room, { title: workspace.title, by: sharerName(options) })
  const { title } = openedBy(window, room)
  if (workspace.kind === "joined" && !isTakenOver(workspace)) {
    const host = workspace.by === "" ? "the host" : workspace.by
    throw new AppError("NOT_ALLOWED", `Ask ${host} for a link: this document is theirs to share.`)
  }
  return options.sharing.share(room, { title, by: sharerName(options) })
}

async function readAbsence(room: string, { server }: CallsOptions): Promise<Absence | null> {
  const { absence } = await server.request({ kind: "absence-read", room })
  return absence
}

function saveSettings(change: IpcArguments<"save-settings">[0], options: CallsOptions): Settings {
  const kept = options.settings.change((before) => ({
    ...before,
    person: { ...before.person, ...change.person },
    theme: change.theme ?? before.theme,
  }))
  nativeTheme.themeSource = kept.theme
  const settings = shownSettings(kept)
  options.windows.broadcast("settings", settings)
  return settings
}

async function openExternal(text: string): Promise<void> {
  const link = externalLink(text)
  if (link === null) throw new AppError("NOT_ALLOWED", "Manyhands opens only web and mail links.")
  await shell.openExternal(link)
}

/** @throws AppError NOT_ALLOWED for a room that the window has not opened */
function openedBy(window: AppWindow, room: string): { room: string; title: string } {
  const document = window.documentOf(room)
  if (document === null) throw new AppError("NOT_ALLOWED", "This window does not show that document.")
  return document
}

function done(work: () => Promise<void>) {
  return outcome(async () => {
    await work()
    return null
  })
}

function platform(): WindowState["platform"] {
  return process.platform === "darwin" || process.platform === "win32" ? process.platform : "linux"
}
