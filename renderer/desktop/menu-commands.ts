import { useEffect, useRef } from "react"
import { unreachable } from "../../protocol/errors.ts"
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
  switch (command) {
    case "new-file":
      return targets.newFile()
    case "close-tab": {
      const { active } = tabs.snapshot()
      return active === null ? window.close() : targets.closeTab(active)
    }
    case "share":
      return targets.share()
    case "find":
    case "replace":
      return pane?.openSearch()
    case "toggle-files":
      return targets.toggleFiles()
    case "settings":
      return targets.settings()
    case "next-tab":
      return tabs.step(1)
    case "previous-tab":
      return tabs.step(-1)
    case "zoom-text-in":
      return stepTextSize(1)
    case "zoom-text-out":
      return stepTextSize(-1)
    case "zoom-text-reset":
      return resetTextSize()
    case "undo":
      return isInField() ? void document.execCommand("undo") : pane?.undo()
    case "redo":
      return isInField() ? void document.execCommand("redo") : pane?.redo()
    default:
      return unreachable(command)
  }
}

function isInField(): boolean {
  return document.activeElement instanceof HTMLInputElement
}
