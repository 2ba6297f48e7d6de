import type { FileStatus } from "../../protocol/embedded.ts"
import type { ErrorReport } from "../../protocol/errors.ts"
import type { Bridge, Outcome, Settings, WindowState } from "../../protocol/ipc.ts"
import { Observable } from "../observable.ts"

export interface WindowView {
  /** Null until main has answered for the first time. */
  state: WindowState | null
  /** How each open file stands, by its room. */
  files: ReadonlyMap<string, FileStatus>
  /** Why the store of this computer takes no writes; null when it does. */
  storeTrouble: ErrorReport | null
  /** The last thing that could not be done, until it is read away or something else is done. */
  notice: ErrorReport | null
  /** The notice tells what happened, and nothing is wrong. */
  isNoticeCalm: boolean
}

/** A call that answers nothing but whether it could be done. */
type Doing = Promise<Outcome<null>>

/** What main knows of this window, kept up to date, and what the window asks of main. */
export class WindowStore extends Observable<WindowView> {
  readonly bridge: Bridge
  #ends: (() => void)[] = []
  #show: ((path: string) => void) | null = null
  /** What main wanted in front before anybody was there to show it. */
  #waitingToShow: string[] = []

  constructor(bridge: Bridge) {
    super({ state: null, files: new Map(), storeTrouble: null, notice: null, isNoticeCalm: false })
    this.bridge = bridge
  }

  /** Listens to main and asks for the first state. Call once. */
  async start(): Promise<void> {
    const { bridge } = this
    this.#ends = [
      bridge.on("server", (server) => this.#merge({ server })),
      bridge.on("tree", (tree) => this.#merge({ tree })),
      bridge.on("settings", (settings) => this.#merge({ settings })),
      bridge.on("recent", (recent) => this.#merge({ recent })),
      bridge.on("nearby", (nearby) => this.#merge({ nearby })),
      bridge.on("knocks", (knocks) => this.#merge({ knocks })),
      bridge.on("file-status", (status) => this.#fileStatus(status)),
      bridge.on("store-trouble", (storeTrouble) => this.#change({ storeTrouble })),
      bridge.on("notice", (notice) => this.#change({ notice, isNoticeCalm: true })),
      bridge.on("joined-changed", (workspace) => this.#merge({ workspace })),
      bridge.on("workspace", () => void this.reload()),
      bridge.on("show-document", ({ path }) => this.#showDocument(path)),
    ]
    await this.reload()
  }

  /** Asks main for everything again, because the window shows something else now. */
  async reload(): Promise<void> {
    const state = await this.bridge.call("window-state")
    this.#change({ state, notice: null })
  }

  stop(): void {
    for (const end of this.#ends) end()
    this.#ends = []
  }

  /** Hands over the documents that main wants in front, those too that it named earlier. Returns what ends it. */
  onShowDocument(show: (path: string) => void): () => void {
    this.#show = show
    for (const path of this.#waitingToShow.splice(0)) show(path)
    return () => {
      if (this.#show === show) this.#show = null
    }
  }

  async openFolder(): Promise<void> {
    await this.#do(this.bridge.call("open-folder-dialog"))
  }

  async openFile(): Promise<void> {
    await this.#do(this.bridge.call("open-file-dialog"))
  }

  async newFile(): Promise<void> {
    await this.#do(this.bridge.call("new-file-dialog"))
  }

  async openRecent(key: string): Promise<void> {
    await this.#do(this.bridge.call("open-recent", key))
  }

  async findRecent(key: string): Promise<void> {
    await this.#do(this.bridge.call("find-recent", key))
  }

  async joinNearby(id: string): Promise<void> {
    await this.#do(this.bridge.call("join-nearby", id))
  }

  async answerKnock(id: string, admit: boolean): Promise<void> {
    await this.#do(this.bridge.call("answer-knock", id, admit))
  }

  async takeOver(): Promise<void> {
    await this.#do(this.bridge.call("take-over"))
  }

  async restoreDocument(room: string): Promise<void> {
    await this.#do(this.bridge.call("restore-document", room))
  }

  async openDropped(files: readonly File[]): Promise<void> {
    const paths = files.map((file) => this.bridge.pathOf(file)).filter((path) => path !== "")
    if (paths.length > 0) await this.#do(this.bridge.call("open-paths", paths.slice(0, 100)))
  }

  async saveSettings(change: {
    person?: Pick<Settings["person"], "name" | "peer">
    theme?: Settings["theme"]
  }): Promise<void> {
    this.#merge({ settings: await this.bridge.call("save-settings", change) })
  }

  /** Says a trouble in the place for that. Null: it was read. */
  note(notice: ErrorReport | null): void {
    this.#change({ notice, isNoticeCalm: false })
  }

  async #do(doing: Doing): Promise<void> {
    const outcome = await doing
    this.#change({ notice: outcome.ok ? null : outcome.error, isNoticeCalm: false })
  }

  #showDocument(path: string): void {
    if (this.#show === null) this.#waitingToShow.push(path)
    else this.#show(path)
  }

  #fileStatus(status: FileStatus): void {
    this.#change({ files: new Map(this.snapshot().files).set(status.room, status) })
  }

  #merge(change: Partial<WindowState>): void {
    const { state } = this.snapshot()
    if (state !== null) this.#change({ state: { ...state, ...change } })
  }

  #change(change: Partial<WindowView>): void {
    this.set({ ...this.snapshot(), ...change })
  }
}
