/**
 * The one place that touches `window.manyhands`, which the preload puts there in a desktop window. What main answers is
 * ours and typed; what is checked here is that the preload really ran and is the one that we expect.
 */
import type { Bridge } from "../protocol/ipc.ts"

declare global {
  interface Window {
    readonly manyhands?: unknown
  }
}

/** The way to Electron's main process. @throws Error when this page does not run in the desktop app */
export function desktopBridge(): Bridge {
  const bridge: unknown = window.manyhands
  if (!isBridge(bridge)) throw new Error("The preload script did not run: window.manyhands is missing")
  return bridge
}

function isBridge(value: unknown): value is Bridge {
  if (typeof value !== "object" || value === null) return false
  return ["call", "on", "pathOf"].every((name) => typeof Reflect.get(value, name) === "function")
}
