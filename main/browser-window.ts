import { join } from "node:path"
import { BrowserWindow } from "electron"
import { type Bounds, windowSizes } from "./window-bounds.ts"

/** The canvas of the two themes: what shows until the page has drawn itself. */
export const backgrounds = { light: "#ffffff", dark: "#161719" } as const

export interface BrowserWindowOptions {
  bounds: Bounds
  dark: boolean
  /** The folder of the bundle: the preload is in it. */
  bundle: string
}

/** A window that is not shown yet, with everything shut off that a page does not need. */
export function createBrowserWindow({ bounds, dark, bundle }: BrowserWindowOptions): BrowserWindow {
  const titleBar =
    process.platform === "darwin"
      ? { titleBarStyle: "hiddenInset" as const, trafficLightPosition: { x: 14, y: 14 } }
      : {}
  return new BrowserWindow({
    ...bounds,
    ...titleBar,
    minWidth: windowSizes.least.width,
    minHeight: windowSizes.least.height,
    show: false,
    backgroundColor: dark ? backgrounds.dark : backgrounds.light,
    webPreferences: {
      preload: join(bundle, "preload.cjs"),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      // The checker would fetch its dictionaries from the internet.
      spellcheck: false,
    },
  })
}
