import { useEffect, useRef } from "react"
import type { Bridge, MenuCommand } from "../../protocol/ipc.ts"
import { resetTextSize, stepTextSize } from "../text-size.ts"
import type { TabStore } from "./tab-store.ts"

export interface MenuTargets {
  tabs: TabStore
  newFile: () => void
  closeTab: (path: string) => void
  share: () => void
  toggleFiles: () => void
  settings: () => void
}

/** Does what the application menu says. */
export function useMenuCommands(bridge: Bridge, targets: MenuTargets): void {
  const latest = useRef(targets)
  latest.current = targets
  useEffect(() => bridge.on("menu", (command) => run(command, latest.current)), [bridge])
}

function run(command: MenuCommand, { tabs, ...targets }: MenuTargets): void {
  const pane = tabs.front?.pane
  const actions: Record<MenuCommand, () => void> = {
    "new-file": targets.newFile,
    "close-tab": () => closeTab(tabs.snapshot().active, targets.closeTab),
    share: targets.share,
    find: () => pane?.openSearch(),
    replace: () => pane?.openSearch(),
    "toggle-files": targets.toggleFiles,
    settings: targets.settings,
    "next-tab": () => tabs.step(1),
    "previous-tab": () => tabs.step(-1),
    "zoom-text-in": () => stepTextSize(1),
    "zoom-text-out": () => stepTextSize(-1),
    "zoom-text-reset": resetTextSize,
    undo: () => (isInField() ? document.execCommand("undo") : pane?.undo()),
    redo: () => (isInField() ? document.execCommand("redo") : pane?.redo()),
  }
  actions[command]()
}

/** With no tab left, the same key closes the window. */
function closeTab(active: string | null, close: (path: string) => void): void {
  if (active === null) window.close()
  else close(active)
}

function isInField(): boolean {
  return document.activeElement instanceof HTMLInputElement
}
