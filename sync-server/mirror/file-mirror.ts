import { randomBytes } from "node:crypto"
import { realpath } from "node:fs/promises"
import { basename, dirname, join, relative, sep } from "node:path"
import type { Logger } from "pino"
import type { FileStatus } from "../../protocol/embedded.ts"
import { AppError, type ErrorReport } from "../../protocol/errors.ts"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import type { Room } from "../sync/room.ts"
import type { RoomRegistry } from "../sync/room-registry.ts"
import type { Source } from "../sync/source.ts"
import { Bases } from "./bases.ts"
import { readError } from "./file-error.ts"
import { readStamp, stampText } from "./file-stamp.ts"
import { fileTitle } from "./file-title.ts"
import type { MirrorFolder } from "./mirror-folder.ts"
import { MirrorRecords, type Records } from "./mirror-records.ts"
import { MirroredFile } from "./mirrored-file.ts"
import { type MissingFile, MovedFiles } from "./moved-files.ts"
import { readTextFile } from "./text-file.ts"
import { Watcher } from "./watcher.ts"

const base32 = "abcdefghijklmnopqrstuvwxyz234567"
/** 100 bits: nobody guesses the room of a file. */
const roomNameLength = 20

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
  readonly #source: Source = { isUpstream: false, author: "" }
  readonly #files = new Map<RoomName, MirroredFile>()
  /** Of rooms that are not loaded too: whoever was told of a trouble is told of its end. */
  readonly #troubles = new Map<RoomName, ErrorReport>()
  readonly #opening = new Map<string, Promise<OpenedFile>>()
  /** Changes of which room has which file, one after the other. */
  #mapping: Promise<unknown> = Promise.resolve()
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
  moved(from: string, to: string): Promise<void> {
    return this.#inTurn(async () => {
      const [oldPath, newPath] = [await realParent(from), await realFile(to)]
      for (const record of await this.#records.filesBelow(oldPath, sep)) {
        await this.#move(record.room, record.path, join(newPath, relative(oldPath, record.path)))
      }
    })
  }

  /** Files turned up in an open folder: one of them may be one that is missing. Paths as the app knows them. */
  async appeared(paths: readonly string[]): Promise<void> {
    const real = await Promise.all(paths.map((path) => realpath(path).catch(() => null))) // gone again
    this.#moved.note(real.filter((path) => path !== null))
    for (const file of this.#files.values()) file.lookAgain()
  }

  /** Makes the file of an open room again, which another program took away. @throws AppError FILE_… */
  async restore(room: RoomName): Promise<void> {
    const file = this.#files.get(room)
    if (file === undefined) throw new AppError("FILE_NOT_FOUND", "This document is not open any more.")
    await file.restore()
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
    const room = await this.#inTurn(() => this.#roomOf(path))
    // Loading the room seeds it.
    const handle = await this.#registry.acquire(room)
    handle.release()
    return { room, title: fileTitle(path) }
  }

  /** The room is described before the file is given to it, so a crash in between leaves a room that nobody knows. */
  async #roomOf(path: string): Promise<RoomName> {
    const known = await this.#records.file(path)
    if (known !== null && (await this.#isStill(known.room, path))) return known.room
    const moved = await this.#movedTo(path)
    if (moved !== null) return moved
    const room = randomRoomName()
    await this.#records.putRoom(room, { path, confirmed: 0, seen: null })
    await this.#records.putFile({ path, room })
    return room
  }

  /** Whether the room is that of the file at the path. A crash in `moved` may have left the records half way. */
  async #isStill(room: RoomName, path: string): Promise<boolean> {
    const record = await this.#records.room(room)
    if (record === null) return false
    if (record.path === path) return true
    if ((await readStamp(record.path)) !== null) return false
    await this.#records.putRoom(room, { ...record, path })
    return true
  }

  /** The room whose file was moved to the path while it was not open. */
  async #movedTo(path: string): Promise<RoomName | null> {
    const stamp = await readStamp(path)
    if (stamp === null) return null
    for (const { room, record } of await this.#records.roomsSeen(stampText(stamp))) {
      if (record.path === path || (await readStamp(record.path)) !== null) continue
      await this.#move(room, record.path, path)
      return room
    }
    return null
  }

  /** Follows the file of an open room that is not at its path any more. In `MIRROR_DIR` the room's name says the path. */
  async #findMoved(room: RoomName, missing: MissingFile): Promise<void> {
    if (this.#folder !== null) return
    const to = await this.#moved.find(missing)
    if (to === null) return
    await this.#inTurn(async () => {
      // Whoever has opened it there already has its room.
      if ((await this.#records.file(to)) === null) await this.#move(room, missing.path, to)
    })
  }

  /** In `MIRROR_DIR` the room's name says the path, so a document cannot have another one. */
  async #moveAside(room: RoomName, to: string): Promise<boolean> {
    const record = await this.#records.room(room)
    if (this.#folder !== null || record === null) return false
    await this.#inTurn(() => this.#move(room, record.path, to))
    return true
  }

  #notify(room: RoomName, notice: ErrorReport): void {
    this.#logger.warn({ event: "file-notice", room, code: notice.code }, notice.message)
    this.#onNotice(room, notice)
  }

  async #move(room: RoomName, from: string, to: string): Promise<void> {
    const record = await this.#records.room(room)
    if (record === null || record.path !== from) return
    await this.#records.putFile({ path: to, room })
    const file = this.#files.get(room)
    if (file === undefined) await this.#records.putRoom(room, { ...record, path: to })
    else await file.moveTo(to)
    await this.#records.removeFile(from)
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#mapping.then(action, action)
    this.#mapping = result.catch(() => undefined) // whoever asked is told; the next one goes on all the same
    return result
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

function randomRoomName(): RoomName {
  const letters = Array.from(randomBytes(roomNameLength), (byte) => base32.charAt(byte % base32.length))
  return parseRoomName(letters.join(""))
}
