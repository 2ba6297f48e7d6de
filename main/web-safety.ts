import type { App, Session } from "electron"
import { appOrigin } from "./app-url.ts"
import type { Log } from "./log.ts"

/** Pages get no permission of any kind: not the camera, not notifications, not devices. */
export function denyPermissions(session: Session, log: Log): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => {
    log.warn("permission-denied", { permission })
    answer(false)
  })
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
}

/** A page may hand the person a file that it made itself, such as a copy of unsaved words; the system asks where to. */
export function confineDownloads(session: Session, log: Log): void {
  session.on("will-download", (event, item) => {
    if (item.getURL().startsWith(`blob:${appOrigin}/`)) return
    event.preventDefault()
    log.warn("download-denied")
  })
}

/** Whatever shows a page in this app stays on it, and opens no other. */
export function confineContents(app: App, log: Log): void {
  app.on("web-contents-created", (_created, contents) => {
    const refuse = (event: Electron.Event, kind: string): void => {
      event.preventDefault()
      log.warn("navigation-denied", { kind })
    }
    contents.on("will-navigate", (event) => refuse(event, "navigate"))
    contents.on("will-redirect", (event) => refuse(event, "redirect"))
    contents.on("will-frame-navigate", (event) => refuse(event, "frame"))
    contents.on("will-attach-webview", (event) => refuse(event, "webview"))
    contents.setWindowOpenHandler(() => {
      log.warn("window-denied")
      return { action: "deny" }
    })
  })
}
