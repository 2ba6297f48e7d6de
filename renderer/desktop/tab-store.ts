import type { ErrorReport } from "../../protocol/errors.ts"
import type {
  Bridge,
  OpenDocument,
  Outcome,
  ServerAddress,
  Settings,
  WindowState,
} from "../../protocol/ipc.ts"
import type { Role } from "../../protocol/role.ts"
import { Observable } from "../observable.ts"
import { DocumentSession } from "../session/document-session.ts"
import { Pane } from "../ui/pane.ts"
import { baseName, splitEnding } from "./file-name.ts"

export type TabContent =
  /** Asked for, or waiting for the server that is being started again. */
  | { kind: "opening" }
  | { kind: "open"; session: DocumentSession; pane: Pane }
  /** The file is not one that can be edited here; it was not touched. */
  | { kind: "refused"; error: ErrorReport }

export interface Tab {
  /** Stays the same when the file is moved. */
  key: string
  /** As in `OpenDocument`; no two tabs have the same. */
  path: string
  title: string
  content: TabContent
}

export interface TabsView {
  tabs: readonly Tab[]
  /** The path of the tab in front. */
  active: string | null
}

/** What every session of this window shares. */
export interface TabContext {
  server: ServerAddress | null
  person: Settings["person"]
  /** A joined document's title and one's role in it; null in one's own files. A joined folder's files have titles of their own. */
  joined: { title: string | null; role: Role } | null
}

/** The open documents of a window, each with its session. Owns the sessions: closing a tab ends its session. */
export class TabStore extends Observable<TabsView> {
  readonly #bridge: Bridge
  #context: TabContext
  /** The tab that takes the keyboard into its text once it is open. */
  #focusOnOpen: string | null = null
  #added = 0
  /** Where the writer was in each document the last time, by its path. */
  #places: Readonly<Record<string, string>> = {}
  /** What the files of a joined folder are called, by their rooms. */
  #titles: ReadonlyMap<string, string> = new Map()

  constructor(bridge: Bridge, context: TabContext) {
    super({ tabs: [], active: null })
    this.#bridge = bridge
    this.#context = context
  }

  /** The server moved, or the person changed name or colour: every session learns of it. */
  setContext(context: TabContext): void {
    const previous = this.#context
    this.#context = context
    const { server, person } = context
    for (const session of this.sessions()) {
      if (person !== previous.person) session.setPerson(person)
      if (server !== null) session.setServer(server)
      if (context.joined !== null && context.joined.role !== previous.joined?.role)
        session.setRole(context.joined.role)
    }
    if (server !== null && previous.server === null) this.#openWaiting()
  }

  sessions(): DocumentSession[] {
    return this.snapshot().tabs.flatMap(({ content }) => (content.kind === "open" ? [content.session] : []))
  }

  /** The tab in front, when its document is open. */
  get front(): { session: DocumentSession; pane: Pane } | null {
    const tab = this.#find(this.snapshot().active ?? "")
    return tab?.content.kind === "open" ? tab.content : null
  }

  /** Takes the keyboard into the text of the tab in front, now or when it is open. */
  focusText(): void {
    this.#focusOnOpen = this.snapshot().active
    this.front?.pane.focus()
  }

  /** Opens the tabs of the last time. */
  restore(tabs: WindowState["tabs"]): void {
    this.#places = tabs.places
    for (const path of tabs.open) this.#add(path)
    const active = tabs.active !== null && tabs.open.includes(tabs.active) ? tabs.active : tabs.open.at(0)
    this.#change({ active: active ?? null })
    this.focusText()
    for (const path of tabs.open) void this.#load(path)
  }

  /** Brings the document to the front, in a new tab when it has none, and the keyboard into its text. */
  open(path: string): void {
    const isNew = this.#find(path) === undefined
    if (isNew) this.#add(path)
    this.activate(path)
    this.focusText()
    if (isNew) void this.#load(path)
  }

  /** Makes an empty file and opens it. */
  async create(path: string): Promise<Outcome<OpenDocument>> {
    const outcome = await this.#bridge.call("create-document", path)
    if (outcome.ok) {
      this.#add(outcome.value.path)
      this.activate(outcome.value.path)
      this.focusText()
      this.#settle(outcome.value.path, outcome)
    }
    return outcome
  }

  activate(path: string): void {
    this.#change({ active: path })
    this.#save()
  }

  /** Brings the tab beside the one in front to the front; round at the ends. */
  step(by: 1 | -1): void {
    const { tabs, active } = this.snapshot()
    const index = tabs.findIndex((tab) => tab.path === active)
    const next = tabs.at((index + by) % tabs.length)
    if (next !== undefined) this.activate(next.path)
  }

  /** Ends the session and takes the tab away; the neighbour comes to the front. */
  close(path: string): void {
    const { tabs, active } = this.snapshot()
    const index = tabs.findIndex((tab) => tab.path === path)
    const tab = tabs[index]
    if (tab === undefined) return
    const left = tabs.filter((other) => other !== tab)
    const neighbour = left.at(Math.min(index, left.length - 1))?.path ?? null
    this.#change({ tabs: left, active: active === path ? neighbour : active })
    this.#save()
    end(tab)
  }

  /** Another program moved the file: the tab goes on with it. One that showed the new place already stays apart. */
  moved({ from, to, title }: { from: string; to: string; title: string }): void {
    const { tabs, active } = this.snapshot()
    if (this.#find(from) === undefined || this.#find(to) !== undefined) return
    const { stem } = splitEnding(title)
    this.#change({
      tabs: tabs.map((tab) => (tab.path === from ? { ...tab, path: to, title: stem } : tab)),
      active: active === from ? to : active,
    })
    this.#save()
  }

  /** The files of a joined folder are called so, by their rooms. */
  retitle(titles: ReadonlyMap<string, string>): void {
    this.#titles = titles
    const { tabs } = this.snapshot()
    if (tabs.every(({ path, title }) => title === (titles.get(path) ?? title))) return
    this.#change({ tabs: tabs.map((tab) => ({ ...tab, title: titles.get(tab.path) ?? tab.title })) })
  }

  /** Tries a refused document again. */
  retry(path: string): void {
    this.#update(path, { kind: "opening" })
    void this.#load(path)
  }

  /** Ends every session, without forgetting which tabs were open. */
  destroy(): void {
    for (const tab of this.snapshot().tabs) end(tab)
    this.#change({ tabs: [], active: null })
  }

  #openWaiting(): void {
    for (const tab of this.snapshot().tabs) if (tab.content.kind === "opening") void this.#load(tab.path)
  }

  async #load(path: string): Promise<void> {
    if (this.#context.server === null) return // comes back when there is a server
    this.#settle(path, await this.#bridge.call("open-document", path))
  }

  #settle(path: string, outcome: Outcome<OpenDocument>): void {
    if (this.#find(path)?.content.kind !== "opening") return // closed meanwhile, or opened twice
    if (!outcome.ok) {
      if (outcome.error.code !== "SERVER_UNAVAILABLE")
        this.#update(path, { kind: "refused", error: outcome.error })
      return
    }
    const { server, person, joined } = this.#context
    if (server === null) return
    const options = { ...server, room: outcome.value.room, person, kind: "desktop" as const }
    const session = new DocumentSession(joined === null ? options : { ...options, role: joined.role })
    const pane = new Pane(session, {
      place: this.#places[path] ?? null,
      onPlace: (place) => void this.#bridge.call("save-place", path, place),
    })
    if (this.#focusOnOpen === path) pane.focus()
    this.#update(path, { kind: "open", session, pane }, outcome.value.title)
  }

  #find(path: string): Tab | undefined {
    return this.snapshot().tabs.find((tab) => tab.path === path)
  }

  #add(path: string): void {
    if (this.#find(path) !== undefined) return
    const title = this.#titleOf(path)
    this.#added += 1
    const tab: Tab = { key: `${this.#added}`, path, title, content: { kind: "opening" } }
    this.#change({ tabs: [...this.snapshot().tabs, tab] })
  }

  #titleOf(path: string): string {
    const { joined } = this.#context
    if (joined === null) return splitEnding(baseName(path)).stem
    return joined.title ?? this.#titles.get(path) ?? ""
  }

  #update(path: string, content: TabContent, title = ""): void {
    this.#change({
      tabs: this.snapshot().tabs.map((tab) =>
        tab.path === path ? { ...tab, content, title: title === "" ? tab.title : title } : tab,
      ),
    })
  }

  #change(change: Partial<TabsView>): void {
    this.set({ ...this.snapshot(), ...change })
  }

  #save(): void {
    const { tabs, active } = this.snapshot()
    void this.#bridge.call("save-tabs", { open: tabs.map((tab) => tab.path).slice(0, 200), active })
  }
}

function end({ content }: Tab): void {
  if (content.kind !== "open") return
  content.pane.detach()
  content.session.destroy()
}
