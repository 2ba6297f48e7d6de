import { type FSWatcher, watch } from "node:fs"
import { basename, dirname } from "node:path"
import type { Logger } from "pino"
import { type FileStamp, readStamp, sameStamp } from "./file-stamp.ts"

/** Network drives and folders that come back tell nothing: this often, every watched file is looked at. */
const pollMs = 2_000

interface Watched {
  path: string
  stamp: FileStamp | null
  changed: () => void
}

interface Folder {
  files: Set<Watched>
  /** The folder that `handle` is on; another one may have come in its place. */
  identity: string | null
  handle: FSWatcher | null
}

/**
 * Tells when a file may have changed. It watches the folder and not the file, since most programs replace a file instead of
 * writing to it; one handle a folder, not a handle for each of its files or folders. It may tell too often, and it tells of
 * the mirror's own writes too: whoever is told looks for himself.
 */
export class Watcher {
  readonly #logger: Logger
  readonly #folders = new Map<string, Folder>()
  #timer: NodeJS.Timeout | null = null
  #isPolling = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Answers what ends the watch. */
  watch(path: string, changed: () => void): () => void {
    const watched: Watched = { path, stamp: null, changed }
    const folder = this.#folder(dirname(path))
    folder.files.add(watched)
    void this.#look(watched, { tell: false })
    this.#timer ??= setInterval(() => void this.#poll(), pollMs)
    return () => {
      folder.files.delete(watched)
      if (folder.files.size > 0 || this.#folders.get(dirname(path)) !== folder) return
      folder.handle?.close()
      this.#folders.delete(dirname(path))
      if (this.#folders.size === 0) this.#stopPolling()
    }
  }

  close(): void {
    for (const folder of this.#folders.values()) folder.handle?.close()
    this.#folders.clear()
    this.#stopPolling()
  }

  #stopPolling(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #folder(path: string): Folder {
    const known = this.#folders.get(path)
    if (known !== undefined) return known
    const folder: Folder = { files: new Set(), identity: null, handle: null }
    this.#folders.set(path, folder)
    void this.#attend(path, folder)
    return folder
  }

  /** Watches the folder that is at the path now. */
  async #attend(path: string, folder: Folder): Promise<void> {
    const identity = await this.#identify(path)
    if (this.#folders.get(path) !== folder) return
    if (identity === folder.identity && (folder.handle !== null || identity === null)) return
    folder.handle?.close()
    folder.handle = identity === null ? null : this.#open(path, folder)
    folder.identity = identity
    for (const file of folder.files) file.changed()
  }

  async #identify(path: string): Promise<string | null> {
    try {
      const stamp = await readStamp(path)
      return stamp === null ? null : `${stamp.device}:${stamp.inode}`
    } catch (err) {
      this.#logger.debug({ event: "folder-unreadable", path, err }, "A watched folder cannot be looked at")
      return null
    }
  }

  #open(path: string, folder: Folder): FSWatcher | null {
    try {
      const handle = watch(path, { persistent: false }, (_, name) => {
        for (const file of folder.files) if (isNamed(file.path, name)) file.changed()
      })
      handle.on("error", (err) => {
        this.#logger.debug({ event: "folder-watch-ended", path, err }, "A folder is no longer watched")
        handle.close()
        if (folder.handle === handle) folder.handle = null
      })
      return handle
    } catch (err) {
      // Most often the system's number of watches is used up. Polling goes on.
      this.#logger.warn(
        { event: "folder-watch-failed", path, err },
        "A folder cannot be watched; it is polled",
      )
      return null
    }
  }

  async #poll(): Promise<void> {
    if (this.#isPolling) return
    this.#isPolling = true
    try {
      for (const [path, folder] of this.#folders) {
        await this.#attend(path, folder)
        for (const file of folder.files) await this.#look(file, { tell: true })
      }
    } finally {
      this.#isPolling = false
    }
  }

  async #look(file: Watched, { tell }: { tell: boolean }): Promise<void> {
    try {
      const stamp = await readStamp(file.path)
      const isSame = sameStamp(stamp, file.stamp)
      file.stamp = stamp
      if (tell && !isSame) file.changed()
    } catch (err) {
      this.#logger.debug(
        { event: "file-unreadable", path: file.path, err },
        "A watched file cannot be looked at",
      )
    }
  }
}

/** Systems differ in case and in how they compose accents; a false yes only costs a look. */
function isNamed(path: string, name: string | null): boolean {
  return name === null || plain(basename(path)) === plain(name)
}

function plain(name: string): string {
  return name.normalize("NFC").toLowerCase()
}
