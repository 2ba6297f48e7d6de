import { mkdir } from "node:fs/promises"
import { dirname, join, sep } from "node:path"
import type { Logger } from "pino"
import type * as Y from "yjs"
import { newDocumentPath } from "../../protocol/document-name.ts"
import { AppError } from "../../protocol/errors.ts"
import { Limits } from "../../protocol/limits.ts"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import { freePath, isMadeFor, newFileRoom, readTreeEntries } from "../../protocol/shared-folder.ts"
import { writeError } from "../mirror/file-error.ts"
import type { FileMirror } from "../mirror/file-mirror.ts"
import { assertWithin } from "../mirror/within.ts"
import type { Room, RoomObserver } from "../sync/room.ts"
import type { Source } from "../sync/source.ts"
import type { RoomChange } from "../sync/telling.ts"

/** A name is tried with (2), (3) and so on, this often. */
const nameTries = 100

export interface HostedFolderOptions {
  /** The room of the tree, held by whoever made this. */
  room: Room
  /** The folder's real path. */
  path: string
  title: string
  mirror: Pick<FileMirror, "appeared" | "roomsOf" | "pathOf" | "give" | "rename" | "restore">
  logger: Logger
  /** The file of this room is not in the folder any more, but elsewhere: it is not shared with it from now on. */
  onLeft: (room: RoomName) => void
}

/** How long a file that was just made or renamed counts as there, in milliseconds: a list may have been read before. */
const freshMs = 5_000

interface Fresh {
  path: string
  until: number
}

/**
 * A shared folder on this computer's disk, and its tree: both are brought to say the same whenever one of them changes.
 *
 * What the disk says holds: files that are there are in the tree, files that are gone leave it. What others do in the tree is
 * done on the disk where that takes nothing away: a new file is made, a file gets another name. A file that others
 * take out of the tree stays on the disk, and so comes back.
 */
export class HostedFolder implements RoomObserver, Source {
  readonly isUpstream = false
  readonly author = ""
  readonly #options: HostedFolderOptions
  readonly #stopObserving: () => void
  /** Relative, with `/`. Null: not listed yet. */
  #listing: readonly string[] | null = null
  /** What disk and tree said when they last said the same: path by room. */
  #agreed: ReadonlyMap<string, string> = new Map()
  #hasAgreed = false
  /** What was done here on the disk, by room, until a list is sure to know of it. */
  readonly #fresh = new Map<string, Fresh>()
  #wanted: "disk" | "tree" | null = null
  #working: Promise<void> | null = null
  #isClosed = false

  constructor(options: HostedFolderOptions) {
    this.#options = options
    this.#stopObserving = options.room.observe(this)
  }

  get path(): string {
    return this.#options.path
  }

  /** These documents are in the folder now. Resolves when the tree says so. */
  async listed(files: readonly string[]): Promise<void> {
    const known = new Set(this.#listing)
    const appeared = this.#listing === null ? [] : files.filter((path) => !known.has(path))
    this.#listing = files
    // A file that somebody has open is followed by its mirror; it must not be taken for a new one.
    if (appeared.length > 0) await this.#options.mirror.appeared(appeared.map((path) => this.#absolute(path)))
    await this.#bringTogether("disk")
  }

  updated(change: RoomChange): void {
    const isOwn = change.sources.size === 1 && change.sources.has(this)
    if (!isOwn && this.#listing !== null) void this.#bringTogether("tree")
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopObserving()
    await this.#working
  }

  #bringTogether(changed: "disk" | "tree"): Promise<void> {
    if (this.#wanted !== "disk") this.#wanted = changed
    this.#working ??= this.#work()
    return this.#working
  }

  async #work(): Promise<void> {
    // Whoever asked keeps the promise first: the loop's last act is to remove it.
    await Promise.resolve()
    for (let changed = this.#wanted; changed !== null && !this.#isClosed; changed = this.#wanted) {
      this.#wanted = null
      try {
        await this.#step(changed === "disk" ? await this.#readDisk() : new Map(this.#agreed))
      } catch (err) {
        this.#options.logger.error(
          { event: "folder-not-kept", folder: this.path, err },
          "A shared folder and its tree could not be brought together",
        )
      }
    }
    this.#working = null
  }

  /** The files of the folder by their rooms. */
  async #readDisk(): Promise<Map<string, string>> {
    const { room, mirror } = this.#options
    const listing = (this.#listing ?? []).slice(0, Limits.sharedFolderFiles)
    const found = await mirror.roomsOf(
      listing.map((path) => this.#absolute(path)),
      () => newFileRoom(room.name),
    )
    const onDisk = new Map<string, string>()
    for (const [path, name] of found) onDisk.set(name, this.#relative(path))
    const now = performance.now()
    for (const [name, { path, until }] of this.#fresh) {
      if (onDisk.has(name) || until < now) this.#fresh.delete(name)
      else onDisk.set(name, path)
    }
    return onDisk
  }

  async #step(onDisk: Map<string, string>): Promise<void> {
    const before = new Map(this.#tree().entries())
    for (const { room: name, path } of readTreeEntries(before)) {
      const there = onDisk.get(name)
      if (there === undefined) await this.#take(name, path, onDisk)
      else if (there !== path && this.#agreed.get(name) === there) await this.#rename(name, path, onDisk)
    }
    this.#write(before, onDisk)
    const gone = [...this.#agreed.keys()].filter((name) => !onDisk.has(name))
    this.#agreed = onDisk
    this.#hasAgreed = true
    for (const name of gone) await this.#sayWhereItWent(parseRoomName(name))
  }

  async #sayWhereItWent(name: RoomName): Promise<void> {
    const path = await this.#options.mirror.pathOf(name)
    if (path !== null && !path.startsWith(this.path + sep)) this.#options.onLeft(name)
  }

  /** Makes the file that somebody put into the tree. One that was taken from the disk leaves the tree, until somebody puts it back. */
  async #take(text: string, path: string, onDisk: Map<string, string>): Promise<void> {
    const { room, mirror } = this.#options
    const name = parseRoomName(text)
    if (onDisk.size >= Limits.sharedFolderFiles) return
    const before = await mirror.pathOf(name)
    if (before !== null) await this.#putBack(name, before, onDisk)
    else if (isMadeFor(room.name, name))
      await this.#place(name, path, onDisk, (absolute) => mirror.give(name, absolute))
  }

  async #putBack(name: RoomName, path: string, onDisk: Map<string, string>): Promise<void> {
    const isStale = !this.#hasAgreed || this.#agreed.has(name)
    if (isStale || !path.startsWith(this.path + sep)) return
    await this.#attempt(async () => {
      await this.#makeFolder(path)
      await this.#options.mirror.restore(name)
      this.#isThere(name, this.#relative(path), onDisk)
    })
  }

  /** Does on the disk what somebody did in the tree. */
  async #rename(name: string, path: string, onDisk: Map<string, string>): Promise<void> {
    const from = this.#absolute(onDisk.get(name) ?? path)
    await this.#place(name, path, onDisk, (absolute) => this.#options.mirror.rename(from, absolute))
  }

  /** Tries the path, and names beside it that are free, until the disk takes one. What it does not take is left as it was. */
  async #place(
    name: string,
    wanted: string,
    onDisk: Map<string, string>,
    put: (absolute: string) => Promise<boolean>,
  ): Promise<void> {
    const others = [...onDisk].filter(([other]) => other !== name)
    const taken = new Set(others.map(([, path]) => path.toLowerCase()))
    await this.#attempt(async () => {
      const path = newDocumentPath(wanted)
      for (let attempt = 1; attempt <= nameTries; attempt++) {
        const free = freePath(path, (candidate) => taken.has(candidate.toLowerCase()))
        const absolute = this.#absolute(free)
        await this.#makeFolder(absolute)
        if (await put(absolute)) return this.#isThere(name, free, onDisk)
        taken.add(free.toLowerCase())
      }
    })
  }

  #isThere(name: string, path: string, onDisk: Map<string, string>): void {
    onDisk.set(name, path)
    this.#fresh.set(name, { path, until: performance.now() + freshMs })
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (err) {
      if (!(err instanceof AppError)) throw err
      this.#options.logger.warn(
        { event: "folder-file-refused", folder: this.path, code: err.code, err },
        "A file that somebody made or renamed in a shared folder could not be on the disk",
      )
    }
  }

  async #makeFolder(absolute: string): Promise<void> {
    await assertWithin(this.path, absolute)
    try {
      await mkdir(dirname(absolute), { recursive: true })
    } catch (error) {
      throw writeError(absolute, error)
    }
  }

  /** What others changed in the tree since `before` stays for the next step. */
  #write(before: ReadonlyMap<string, unknown>, onDisk: ReadonlyMap<string, string>): void {
    const { room, title } = this.#options
    const tree = this.#tree()
    const isUntouched = (name: string) => tree.get(name) === before.get(name)
    const gone = [...before.keys()].filter((name) => !onDisk.has(name) && isUntouched(name))
    const changed = [...onDisk].filter(([name, path]) => tree.get(name) !== path && isUntouched(name))
    const meta = room.doc.getMap("meta")
    if (gone.length + changed.length === 0 && meta.get("title") === title) return
    room.change(this, () => {
      for (const name of gone) tree.delete(name)
      for (const [name, path] of changed) tree.set(name, path)
      if (meta.get("title") !== title) meta.set("title", title)
    })
  }

  #tree(): Y.Map<unknown> {
    return this.#options.room.doc.getMap("files")
  }

  #absolute(path: string): string {
    return join(this.path, ...path.split("/"))
  }

  #relative(path: string): string {
    return path
      .slice(this.path.length + 1)
      .split(sep)
      .join("/")
  }
}
