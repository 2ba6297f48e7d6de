import { basename, join } from "node:path"
import { type BrowserWindow, dialog, type WebContents } from "electron"
import type { IpcEvent, IpcEvents, OpenDocument, TreeEntry, Workspace } from "../protocol/ipc.ts"
import { appOrigin } from "./app-url.ts"
import { type BrowserWindowOptions, createBrowserWindow } from "./browser-window.ts"
import { isInside, relativeDocument } from "./document-path.ts"
import { type FolderTree, treeLimit } from "./folder-tree.ts"
import type { FolderWatches, WatchedFolder } from "./folder-watches.ts"
import type { Log } from "./log.ts"
import type { SavedWindow } from "./settings.ts"
import { fileWorkspace } from "./workspace.ts"

const appName = "Manyhands"

/** Milliseconds that a window's first question waits for the list of files, so that small folders never look empty. */
const treePatience = 300
/** Milliseconds after the last move or resize until the place is kept. */
const boundsSettle = 400

export interface WindowOptions extends BrowserWindowOptions {
  workspace: Workspace
  maximized: boolean
  tabs: SavedWindow["tabs"]
  watches: FolderWatches
  log: Log
}

export interface WindowEvents {
  /** Where it stands, or what it shows, is to be kept. */
  changed(window: AppWindow): void
  focused(window: AppWindow): void
  closed(window: AppWindow): void
  /** A person was asked, and keeps the window. */
  kept(window: AppWindow): void
  /** A person was asked, and lets the words go. */
  released(window: AppWindow): void
}

type Closing = "not asked" | "asking" | "agreed"

/** One window and the workspace that it shows. */
export class AppWindow {
  readonly #browser: BrowserWindow
  readonly #events: WindowEvents
  readonly #log: Log
  readonly #documents = new Map<string, OpenDocument>()
  #workspace: Workspace
  readonly #watches: FolderWatches
  #folder: WatchedFolder | null = null
  #tabs: SavedWindow["tabs"]
  #closing: Closing = "not asked"
  #hasUnsavedWords = false
  /** Documents to show once the page has asked for its state; null from then on. */
  #waitingToShow: string[] | null = []
  #settle: NodeJS.Timeout | null = null

  constructor(options: WindowOptions, events: WindowEvents) {
    this.#events = events
    this.#log = options.log
    this.#watches = options.watches
    this.#workspace = options.workspace
    this.#tabs = options.tabs
    this.#browser = createBrowserWindow(options)
    this.#browser.setTitle(titleOf(options.workspace))
    this.#listen(options)
    this.#watchWorkspace()
    this.#browser.loadURL(`${appOrigin}/index.html`).catch((error: unknown) => {
      // The window was closed while it loaded, or the page is missing from this build.
      this.#log.error("window-not-loaded", { error })
    })
  }

  get workspace(): Workspace {
    return this.#workspace
  }

  get browser(): BrowserWindow {
    return this.#browser
  }

  get tabs(): SavedWindow["tabs"] {
    return this.#tabs
  }

  /** Those that are open from now on; where the writer was in the others is forgotten. */
  set tabs(tabs: Pick<SavedWindow["tabs"], "open" | "active">) {
    const places = Object.entries(this.#tabs.places).filter(([path]) => tabs.open.includes(path))
    this.#tabs = { ...tabs, places: Object.fromEntries(places) }
    this.#events.changed(this)
  }

  /** Where the writer is in a document that is open. */
  keepPlace(path: string, place: string): void {
    const isOpen = this.#workspace.kind !== "folder" || this.#tabs.open.includes(path)
    if (!isOpen || this.#tabs.places[path] === place) return
    this.#tabs = { ...this.#tabs, places: { ...this.#tabs.places, [path]: place } }
    this.#events.changed(this)
  }

  set hasUnsavedWords(unsaved: boolean) {
    this.#hasUnsavedWords = unsaved
  }

  owns(contents: WebContents): boolean {
    return !this.#browser.isDestroyed() && this.#browser.webContents === contents
  }

  /** How it stands, as it is kept. */
  saved(): SavedWindow {
    return {
      workspace: this.#workspace,
      open: true,
      bounds: this.#browser.getNormalBounds(),
      maximized: this.#browser.isMaximized(),
      tabs: this.#tabs,
    }
  }

  /** Shows another workspace from now on. */
  show(workspace: Workspace, tabs: SavedWindow["tabs"]): void {
    this.#workspace = workspace
    this.#tabs = tabs
    this.#documents.clear()
    this.#hasUnsavedWords = false
    this.#browser.setTitle(titleOf(workspace))
    this.#watchWorkspace()
    this.#waitingToShow = []
    this.send("workspace", workspace)
    this.#events.changed(this)
  }

  /** What it shows has another host; nothing else of it changes. */
  changeJoined(workspace: Extract<Workspace, { kind: "joined" }>): void {
    this.#workspace = workspace
    this.send("joined-changed", workspace)
    this.#events.changed(this)
  }

  /** Another program moved the file of a document. Both are real paths. */
  documentMoved(room: string, from: string, to: string): void {
    const document = this.#documents.get(room)
    if (document === undefined) return
    if (this.#workspace.kind === "file") this.show(fileWorkspace(to), this.#tabs)
    if (this.#workspace.kind !== "folder") return
    const { path: folder } = this.#workspace
    // What was opened through a link, or has left the folder, keeps its tab as it is.
    if (join(folder, document.path) !== from || !isInside(folder, to)) return
    const path = relativeDocument(folder, to)
    const title = basename(to)
    this.#documents.set(room, { ...document, path, title })
    this.send("document-moved", { from: document.path, to: path, title })
  }

  /** Brings a document of its workspace to the front, now or when the page is there. */
  showDocument(path: string): void {
    if (this.#waitingToShow === null) this.send("show-document", { path })
    else this.#waitingToShow.push(path)
    this.focus()
  }

  /** The page knows its workspace: it may be told what to show. */
  pageKnowsState(): void {
    const waiting = this.#waitingToShow ?? []
    this.#waitingToShow = null
    for (const path of waiting) this.send("show-document", { path })
  }

  /** The documents below the folder, as far as they are known; later ones come as events. */
  async tree(): Promise<TreeEntry[]> {
    const folder = this.#folder
    if (folder === null) return []
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, treePatience)
    })
    await Promise.race([folder.started, patience])
    clearTimeout(timer)
    return [...folder.tree.entries]
  }

  refreshTree(): void {
    this.#folder?.refresh()
  }

  /** Keeps that the page has the document open. */
  opened(document: OpenDocument): void {
    this.#documents.set(document.room, document)
  }

  /** The document of a room, if this window has opened it: it may ask things about no other. */
  documentOf(room: string): OpenDocument | null {
    return this.#documents.get(room) ?? null
  }

  send<E extends IpcEvent>(event: E, payload: IpcEvents[E]): void {
    if (!this.#browser.isDestroyed()) this.#browser.webContents.send(`manyhands:${event}`, payload)
  }

  focus(): void {
    if (this.#browser.isMinimized()) this.#browser.restore()
    if (this.#browser.isVisible()) this.#browser.focus()
  }

  close(): void {
    this.#browser.close()
  }

  /** Somebody waits for an answer: the task bar says so, while the window is not in front. */
  callAttention(): void {
    if (!this.#browser.isFocused()) this.#browser.flashFrame(true)
  }

  /** Resolves when nothing is watched any more. */
  async dispose(): Promise<void> {
    if (this.#settle !== null) clearTimeout(this.#settle)
    const folder = this.#folder
    this.#folder = null
    await folder?.close()
  }

  #listen(options: WindowOptions): void {
    const browser = this.#browser
    const keepBounds = (): void => this.#boundsChanged()
    browser.once("ready-to-show", () => {
      if (options.maximized) browser.maximize()
      browser.show()
    })
    browser.on("resize", keepBounds)
    browser.on("move", keepBounds)
    browser.on("maximize", keepBounds)
    browser.on("unmaximize", keepBounds)
    browser.on("focus", () => {
      browser.flashFrame(false)
      this.#events.focused(this)
    })
    browser.on("page-title-updated", (event, title) => {
      event.preventDefault()
      // The page that has not drawn itself yet is called as the app.
      if (title !== appName) browser.setTitle(windowTitle(title))
    })
    browser.on("close", (event) => this.#mayClose(event))
    browser.once("closed", () => this.#events.closed(this))
    browser.webContents.on("render-process-gone", (_event, details) => this.#pageDied(details))
    browser.on("unresponsive", () => this.#log.warn("window-unresponsive"))
  }

  #boundsChanged(): void {
    if (this.#settle !== null) clearTimeout(this.#settle)
    this.#settle = setTimeout(() => {
      if (!this.#browser.isDestroyed()) this.#events.changed(this)
    }, boundsSettle)
  }

  /** Nothing of a document is lost with its page: the new page finds it in the store. */
  #pageDied(details: Electron.RenderProcessGoneDetails): void {
    this.#log.error("page-gone", { ...details })
    if (details.reason === "clean-exit" || this.#browser.isDestroyed()) return
    this.#hasUnsavedWords = false
    this.#waitingToShow = []
    this.#browser.webContents.reload()
  }

  #mayClose(event: Electron.Event): void {
    if (!this.#hasUnsavedWords || this.#closing === "agreed") return
    event.preventDefault()
    if (this.#closing === "asking") return
    this.#closing = "asking"
    this.#ask().catch((error: unknown) => {
      this.#closing = "not asked"
      this.#log.error("window-not-asked", { error })
    })
  }

  async #ask(): Promise<void> {
    this.focus()
    const { response } = await dialog.showMessageBox(this.#browser, {
      type: "warning",
      message: "These words are nowhere else yet.",
      detail: "The last changes are only in this window. They are lost when it closes.",
      buttons: ["Keep open", "Save a copy", "Lose them"],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    })
    if (response !== 2) {
      this.#closing = "not asked"
      this.#events.kept(this)
      // Asked again at the next try: only the person knows whether the copy is where they want it.
      if (response === 1) this.send("save-copies", null)
      return
    }
    this.#closing = "agreed"
    this.#browser.close()
    this.#events.released(this)
  }

  #watchWorkspace(): void {
    const before = this.#folder
    const { path } = this.#workspace.kind === "folder" ? this.#workspace : { path: null }
    this.#folder = path === null ? null : this.#watches.hold(path, (tree) => this.#treeChanged(tree))
    before?.close().catch((error: unknown) => this.#log.warn("folder-watch-not-closed", { error }))
  }

  #treeChanged({ entries, capped }: FolderTree): void {
    this.send("tree", entries)
    if (capped) this.#sayCapped()
  }

  /** Said once a window: the list looks complete, and is not. */
  #sayCapped = once(() => {
    const message = `This folder holds more than ${treeLimit.toLocaleString("en-GB")} files and folders.`
    const detail = "The list shows the first of them. Open a smaller folder, or any file by itself."
    dialog.showMessageBox(this.#browser, { type: "info", message, detail }).catch((error: unknown) => {
      this.#log.warn("window-not-told", { error })
    })
  })
}

function once(action: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    action()
  }
}

function titleOf(workspace: Workspace): string {
  return workspace.kind === "none" ? appName : windowTitle(workspace.title)
}

/** Elsewhere than on macOS, whose menu bar says it, a window names its app. */
function windowTitle(title: string): string {
  return process.platform === "darwin" ? title : `${title} – ${appName}`
}
