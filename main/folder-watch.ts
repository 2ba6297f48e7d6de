import { realpath } from "node:fs/promises"
import { join } from "node:path"
import watcher from "@parcel/watcher"
import type { TreeEntry } from "../protocol/ipc.ts"
import { relativeDocument } from "./document-path.ts"
import { concernsTree, type FolderTree, readFolderTree } from "./folder-tree.ts"
import type { Log } from "./log.ts"

/** So many new files at once are a copy or a checkout, not one that was moved. */
const mostAppeared = 1_000

/** Milliseconds that a burst of changes (a checkout, a copied folder) is waited out. */
const settleTime = 120

type WatchState =
  | { name: "idle" }
  | { name: "settling"; timer: NodeJS.Timeout }
  | { name: "reading"; again: boolean }
  | { name: "closed" }

export interface FolderWatchOptions {
  /** Its real path. */
  folder: string
  /** Told of every new list that differs from the last. */
  changed(tree: FolderTree): void
  /** Told the absolute paths of files that were not there at the last list. The first list is no news. */
  appeared(paths: readonly string[]): void
  log: Log
}

/**
 * Keeps the list of a folder's documents true to the disk. Writing into a file that is already listed reads nothing
 * again.
 */
export class FolderWatch {
  readonly #folder: string
  readonly #changed: (tree: FolderTree) => void
  readonly #appeared: (paths: readonly string[]) => void
  readonly #log: Log
  #state: WatchState = { name: "idle" }
  #known = new Set<string>()
  #isFirst = true
  #tree: FolderTree = { entries: [], capped: false, unreadable: false }
  #subscription: Promise<watcher.AsyncSubscription | null> = Promise.resolve(null)

  constructor(options: FolderWatchOptions) {
    this.#folder = options.folder
    this.#changed = options.changed
    this.#appeared = options.appeared
    this.#log = options.log
  }

  /** What was read last. */
  get tree(): FolderTree {
    return this.#tree
  }

  /** Resolves when the list has been read for the first time. Watching begins before, so that nothing is missed. */
  async start(): Promise<void> {
    this.#subscription = this.#subscribe()
    await this.#subscription
    await this.#readNow()
  }

  /** Reads again soon: something may have changed. */
  refresh(): void {
    if (this.#state.name === "reading") this.#state.again = true
    if (this.#state.name !== "idle") return
    const timer = setTimeout(() => void this.#readNow(), settleTime)
    this.#state = { name: "settling", timer }
  }

  async close(): Promise<void> {
    if (this.#state.name === "settling") clearTimeout(this.#state.timer)
    this.#state = { name: "closed" }
    const subscription = await this.#subscription
    await subscription?.unsubscribe()
  }

  /** Null when the system cannot watch it: the list is then read again when the window gets the focus. */
  async #subscribe(): Promise<watcher.AsyncSubscription | null> {
    const options = { ignore: ["**/.git/**", "**/node_modules/**"] }
    try {
      const folder = await realpath(this.#folder)
      return await watcher.subscribe(folder, (error, events) => this.#take(error, events), options)
    } catch (error) {
      this.#log.warn("folder-not-watched", { folder: this.#folder, error })
      return null
    }
  }

  #take(error: Error | null, events: readonly watcher.Event[]): void {
    if (error !== null) this.#log.warn("folder-watch-trouble", { folder: this.#folder, error })
    if (error !== null || events.some((event) => this.#matters(event))) this.refresh()
  }

  #matters({ path, type }: watcher.Event): boolean {
    const known = this.#known.has(relativeDocument(this.#folder, path))
    if (type === "delete") return known || path === this.#folder || path.endsWith(".gitignore")
    return type === "update" ? path.endsWith(".gitignore") : !known && concernsTree(path)
  }

  async #readNow(): Promise<void> {
    if (this.#state.name === "closed") return
    const reading = { name: "reading" as const, again: false }
    this.#state = reading
    const tree = await this.#read()
    // Closed meanwhile: nobody waits for the list.
    if (this.#state !== reading) return
    this.#state = { name: "idle" }
    if (!sameTree(tree, this.#tree)) {
      const known = this.#known
      this.#tree = tree
      this.#known = new Set(tree.entries.map((entry) => entry.path))
      if (!this.#isFirst) this.#tellAppeared(tree.entries, known)
      this.#changed(tree)
    }
    this.#isFirst = false
    if (reading.again) this.refresh()
  }

  #tellAppeared(entries: readonly TreeEntry[], known: ReadonlySet<string>): void {
    const files = entries.filter(({ kind, path }) => kind === "file" && !known.has(path))
    if (files.length === 0 || files.length > mostAppeared) return
    this.#appeared(files.map(({ path }) => join(this.#folder, path)))
  }

  async #read(): Promise<FolderTree> {
    try {
      return await readFolderTree(this.#folder)
    } catch (error) {
      this.#log.warn("folder-not-read", { folder: this.#folder, error })
      return { entries: [], capped: false, unreadable: true }
    }
  }
}

function sameTree(a: FolderTree, b: FolderTree): boolean {
  if (a.capped !== b.capped || a.unreadable !== b.unreadable || a.entries.length !== b.entries.length)
    return false
  return a.entries.every((entry, index) => {
    const other = b.entries[index]
    return other !== undefined && entry.path === other.path && entry.kind === other.kind
  })
}
