import type { FolderTree } from "./folder-tree.ts"
import { FolderWatch } from "./folder-watch.ts"
import type { Log } from "./log.ts"

/** Somebody's hold on a folder that is watched. */
export interface WatchedFolder {
  /** What was read last. */
  readonly tree: FolderTree
  /** Resolves when the folder has been read for the first time. */
  readonly started: Promise<void>
  /** Reads again soon: something may have changed. */
  refresh(): void
  /** Resolves when nothing is watched any more, unless somebody else holds it. */
  close(): Promise<void>
}

interface Watching {
  watch: FolderWatch
  started: Promise<void>
  listeners: Set<(tree: FolderTree) => void>
}

/** The folders that windows show or that are shared: each is watched once. */
export class FolderWatches {
  readonly #log: Log
  readonly #appeared: (paths: readonly string[]) => void
  readonly #watching = new Map<string, Watching>()

  /** `appeared` is told the absolute paths of files that were not in a watched folder before. */
  constructor(options: { log: Log; appeared(paths: readonly string[]): void }) {
    this.#log = options.log
    this.#appeared = options.appeared
  }

  /** Holds the folder, by its real path; `changed` is told of every new list. */
  hold(folder: string, changed: (tree: FolderTree) => void): WatchedFolder {
    const watching = this.#watching.get(folder) ?? this.#begin(folder)
    // One function may be given twice.
    const listener = (tree: FolderTree): void => changed(tree)
    watching.listeners.add(listener)
    return {
      get tree() {
        return watching.watch.tree
      },
      started: watching.started,
      refresh: () => watching.watch.refresh(),
      close: () => this.#release(folder, watching, listener),
    }
  }

  #begin(folder: string): Watching {
    const listeners = new Set<(tree: FolderTree) => void>()
    const watch = new FolderWatch({
      folder,
      changed: (tree) => {
        for (const listener of [...listeners]) listener(tree)
      },
      appeared: this.#appeared,
      log: this.#log,
    })
    const watching = { watch, started: watch.start(), listeners }
    this.#watching.set(folder, watching)
    return watching
  }

  async #release(folder: string, watching: Watching, listener: (tree: FolderTree) => void): Promise<void> {
    watching.listeners.delete(listener)
    if (watching.listeners.size > 0 || this.#watching.get(folder) !== watching) return
    this.#watching.delete(folder)
    await watching.watch.close()
  }
}
