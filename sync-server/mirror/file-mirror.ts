import { realpath } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import type { Logger } from "pino"
import type { FileStatus } from "../../protocol/embedded.ts"
import { AppError, type ErrorReport } from "../../protocol/errors.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import type { Room } from "../sync/room.ts"
import type { RoomRegistry } from "../sync/room-registry.ts"
import type { Source } from "../sync/source.ts"
import { createFile, moveFile } from "./atomic-file.ts"
import { Bases } from "./bases.ts"
import { fileWrite, readError } from "./file-error.ts"
import { FileRooms } from "./file-rooms.ts"
import { fileTitle } from "./file-title.ts"
import type { MirrorFolder } from "./mirror-folder.ts"
import { fingerprint, MirrorRecords, type Records } from "./mirror-records.ts"
import { MirroredFile } from "./mirrored-file.ts"
import { type MissingFile, MovedFiles } from "./moved-files.ts"
import { readTextFile } from "./text-file.ts"
import { Watcher } from "./watcher.ts"

export interface OpenedFile {
  room: RoomName
  title: string
}

/** Owns file <-> document: which room a file has, and that both say the same while the room is loaded. */
export class FileMirror {
  readonly #records: MirrorRecords
  readonly #registry: Pick<RoomRegistry, "acquire">
  readonly #logger: Logger
  readonly #folder: MirrorFolder | null
  readonly #onStatus: (status: FileStatus) => void
  readonly #onNotice: (room: RoomName, notice: ErrorReport) => void
  readonly #watcher: Watcher
  readonly #moved = new MovedFiles()
  readonly #rooms: FileRooms
  readonly #source: Source = { isUpstream: false, author: "" }
  readonly #files = new Map<RoomName, MirroredFile>()
  /** Of rooms that are not loaded too: whoever was told of a trouble is told of its end. */
  readonly #troubles = new Map<RoomName, ErrorReport>()
  readonly #opening = new Map<string, Promise<OpenedFile>>()
  #isClosed = false

  constructor(options: {
    store: Records
    registry: Pick<RoomRegistry, "acquire">
    logger: Logger
    /** Below which every room has a file. Null: only those that are opened by their file have one. */
    folder?: MirrorFolder | null
    /** How a room and its file stand, told when that changes. */
    onStatus: (status: FileStatus) => void
    /** Something happened to a file that those who have it open should know. */
    onNotice?: (room: RoomName, notice: ErrorReport) => void
  }) {
    this.#records = new MirrorRecords(options.store)
    this.#rooms = new FileRooms(this.#records, (room) => this.#files.get(room))
    this.#registry = options.registry
    this.#logger = options.logger
    this.#folder = options.folder ?? null
    this.#onStatus = options.onStatus
    this.#onNotice = options.onNotice ?? (() => undefined)
    this.#watcher = new Watcher(options.logger)
  }

  /**
   * The room of a file, which is seeded from it the first time. However often a file is opened, and by whatever link to it,
   * there is one room. The file is not touched.
   * @throws AppError FILE_NOT_FOUND, FILE_NOT_TEXT, FILE_TOO_LARGE, FILE_NOT_READABLE
   */
  async open(path: string): Promise<OpenedFile> {
    const real = await realFile(path)
    const opening = this.#opening.get(real) ?? this.#open(real)
    this.#opening.set(real, opening)
    try {
      return await opening
    } finally {
      this.#opening.delete(real)
    }
  }

  /** To be called for every room that is loaded, before anybody gets it. */
  async attach(room: Room): Promise<void> {
    const kept = this.#folder?.pathOf(room.name) ?? null
    if (this.#folder !== null && kept !== null) {
      await this.#keepInFolder(room, kept, this.#folder)
      return
    }
    const record = await this.#records.room(room.name)
    if (record !== null) await this.#start(room, record.path)
  }

  /** Writes the rooms that have no file in the folder yet, one after the other: those of before there was a folder. */
  async writeMissing(rooms: Iterable<RoomName>): Promise<void> {
    for (const name of rooms) {
      const path = this.#folder?.pathOf(name) ?? null
      if (this.#isClosed) return
      if (path === null) {
        this.#logger.info(
          { event: "room-without-file", room: name },
          "A room's name is none that a file could have",
        )
        continue
      }
      if ((await this.#records.room(name))?.path === path) continue
      // It gets its file when it is loaded, and that is written when it is unloaded.
      if (!(await this.#touch(name))) return
    }
  }

  /** False: the server stops. */
  async #touch(name: RoomName): Promise<boolean> {
    try {
      const handle = await this.#registry.acquire(name)
      handle.release()
      return true
    } catch (err) {
      if (err instanceof AppError && err.code === "SERVER_UNAVAILABLE") return false
      this.#logger.warn(
        { event: "room-not-written", room: name, err },
        "A room could not be written to its file",
      )
      return true
    }
  }

  async #start(room: Room, path: string): Promise<void> {
    const file = new MirroredFile({
      room,
      source: this.#source,
      path,
      bases: new Bases(this.#records, room.name),
      watcher: this.#watcher,
      logger: this.#logger,
      check: async (at) => this.#folder?.assertWithin(at),
      trouble: this.#troubles.get(room.name) ?? null,
      onMissing: (missing) => this.#findMoved(room.name, missing),
      onAside: (aside) => this.#moveAside(room.name, aside),
      onNotice: (notice) => this.#notify(room.name, notice),
      onStatus: (status) => this.#tell({ room: room.name, ...status }),
    })
    await file.start()
    this.#files.set(room.name, file)
    room.observe({
      close: async () => {
        await file.finish()
        if (this.#files.get(room.name) === file) this.#files.delete(room.name)
      },
    })
  }

  /** Whatever is wrong with the file, the room can be used; then it is no longer kept alike with it. */
  async #keepInFolder(room: Room, path: string, folder: MirrorFolder): Promise<void> {
    try {
      const record = await this.#records.room(room.name)
      if (record?.path === path) {
        await this.#start(room, path)
        return
      }
      // The folder is another one than before: what was known of the file says nothing of this one.
      if (record !== null) await this.#records.forget(room.name)
      if (await folder.holds(path)) await this.#begin(room, path)
      else this.#beginOnceWritten(room, path, folder)
    } catch (err) {
      this.#warnOf(room, path, err)
    }
  }

  async #begin(room: Room, path: string): Promise<void> {
    await this.#records.putRoom(room.name, { path, confirmed: 0, seen: null })
    await this.#start(room, path)
  }

  /** A room in which nobody ever wrote has no file: whoever mistypes an address would leave one. */
  #beginOnceWritten(room: Room, path: string, folder: MirrorFolder): void {
    let beginning: Promise<void> | null = null
    const begin = async (): Promise<void> => {
      try {
        await folder.create(path)
        await this.#begin(room, path)
      } catch (err) {
        this.#warnOf(room, path, err)
      }
    }
    const look = (): void => {
      if (beginning !== null || room.doc.getText("codemirror").length === 0) return
      beginning = begin()
    }
    const end = room.observe({
      updated: () => {
        look()
        if (beginning !== null) end()
      },
    })
    room.observe({
      close: async () => {
        await beginning
        await this.#files.get(room.name)?.finish()
      },
    })
    look()
    if (beginning !== null) end()
  }

  #warnOf(room: Room, path: string, err: unknown): void {
    this.#logger.warn(
      { event: "file-not-kept", room: room.name, path, err },
      "A document is not kept as a file: what is at its path cannot be read or written",
    )
  }

  /** The app moved a file, or a folder with files in it: they keep their rooms. Both paths as the app knows them. */
  async moved(from: string, to: string): Promise<void> {
    await this.#rooms.moved(await realParent(from), await realFile(to))
  }

  /**
   * Files turned up in an open folder: one of them may be one that is missing. Paths as the app knows them. Resolves when
   * those are followed that were moved.
   */
  async appeared(paths: readonly string[]): Promise<void> {
    const real = await Promise.all(paths.map((path) => realpath(path).catch(() => null))) // gone again
    this.#moved.note(real.filter((path) => path !== null))
    await Promise.all([...this.#files.values()].map((file) => file.lookAgain()))
  }

  /** The rooms of a folder's files, by their real paths, named by `newRoom` where they have none. No file is read. */
  roomsOf(paths: readonly string[], newRoom: () => RoomName): Promise<Map<string, RoomName>> {
    return this.#rooms.roomsOf(paths, newRoom)
  }

  /** The file of the room, wherever it is. Null: it has none. */
  pathOf(room: RoomName): Promise<string | null> {
    return this.#rooms.pathOf(room)
  }

  /**
   * Makes a file for a room that has none, which may hold words already, and keeps both alike. False: something has the
   * path, or the room has another file. @throws AppError FILE_…
   */
  async give(name: RoomName, path: string): Promise<boolean> {
    const handle = await this.#registry.acquire(name)
    try {
      const stamp = await createFile({ path, bytes: new Uint8Array(), tag: fingerprint(name) })
      return stamp !== null && (await this.#rooms.give(name, path, () => this.#begin(handle.room, path)))
    } finally {
      handle.release()
    }
  }

  /** Renames a file, or moves it, on behalf of somebody. False: something has the new path. @throws AppError FILE_… */
  async rename(from: string, to: string): Promise<boolean> {
    try {
      if (!(await moveFile(from, to))) return false
    } catch (error) {
      throw fileWrite(to, error)
    }
    await this.#rooms.moved(from, to)
    return true
  }

  /** Makes the file of a room again, which another program took away. @throws AppError FILE_… */
  async restore(room: RoomName): Promise<void> {
    const handle = await this.#registry.acquire(room)
    try {
      const file = this.#files.get(room)
      if (file === undefined) throw new AppError("FILE_NOT_FOUND", "This document has no file.")
      await file.restore()
    } finally {
      handle.release()
    }
  }

  /** Writes what is not written and stops. Rooms that are still loaded are no longer kept alike with their files. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#files.values()].map((file) => file.finish()))
    this.#files.clear()
    this.#watcher.close()
  }

  #tell(status: { room: RoomName; path: string; trouble: ErrorReport | null }): void {
    if (status.trouble === null) this.#troubles.delete(status.room)
    else this.#troubles.set(status.room, status.trouble)
    this.#onStatus(status)
  }

  async #open(path: string): Promise<OpenedFile> {
    await readTextFile(path)
    const room = await this.#rooms.roomOf(path)
    // Loading the room seeds it.
    const handle = await this.#registry.acquire(room)
    handle.release()
    return { room, title: fileTitle(path) }
  }

  /** Follows the file of an open room that is not at its path any more. In `MIRROR_DIR` the room's name says the path. */
  async #findMoved(room: RoomName, missing: MissingFile): Promise<void> {
    if (this.#folder !== null) return
    const to = await this.#moved.find(missing)
    if (to === null) return
    // Whoever has opened it there already has its room.
    await this.#rooms.follow(room, missing.path, to)
  }

  /** In `MIRROR_DIR` the room's name says the path, so a document cannot have another one. */
  async #moveAside(room: RoomName, to: string): Promise<boolean> {
    const record = await this.#records.room(room)
    if (this.#folder !== null || record === null) return false
    await this.#rooms.follow(room, record.path, to)
    return true
  }

  #notify(room: RoomName, notice: ErrorReport): void {
    this.#logger.warn({ event: "file-notice", room, code: notice.code }, notice.message)
    this.#onNotice(room, notice)
  }
}

/** @throws AppError FILE_NOT_FOUND, FILE_NOT_READABLE */
async function realFile(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    throw readError(path, error)
  }
}

/** The real path of a file that need not be there any more. */
async function realParent(path: string): Promise<string> {
  return join(await realFile(dirname(path)), basename(path))
}
