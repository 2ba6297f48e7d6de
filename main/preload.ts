import { contextBridge, type IpcRendererEvent, ipcRenderer, webUtils } from "electron"
import type { Bridge, ipcPrefix } from "../protocol/ipc.ts"

// Checked against the constant by its type: importing the value would bring the parser of main's side along.
const prefix: typeof ipcPrefix = "manyhands:"

const bridge: Bridge = {
  call: (channel, ...args) => ipcRenderer.invoke(`${prefix}${channel}`, ...args),
  on(event, listener) {
    const channel = `${prefix}${event}`
    // The event object would hand ipcRenderer itself to the page.
    const take = (_event: IpcRendererEvent, payload: Parameters<typeof listener>[0]): void =>
      listener(payload)
    ipcRenderer.on(channel, take)
    return () => {
      ipcRenderer.removeListener(channel, take)
    }
  },
  pathOf: (file) => (file instanceof File ? webUtils.getPathForFile(file) : ""),
}

contextBridge.exposeInMainWorld("manyhands", bridge)
