import { realpath } from "node:fs/promises"
import { join, relative, sep } from "node:path"
import type { RoomName } from "../../protocol/room-name.ts"
import { randomRoomName } from "../../protocol/shared-folder.ts"
import { readStamp, stampText } from "./file-stamp.ts"
import type { FileRecord, MirrorRecords, RoomRecord } from "./mirror-records.ts"

/** An open file of which the records tell: it keeps its own, and goes where the file went. */
interface MovableFile {
  moveTo(path: string): Promise<void>
}

/** What was known of all files before a change of many. */
interface Known {
  files: ReadonlyMap<string, FileRecord>
  rooms: ReadonlyMap<RoomName, RoomRecord>
  /** The rooms whose file looked so when it was last seen. */
  seen: ReadonlyMap<string, RoomName[]>
}

interface NewRoom {
  path: string
  room: RoomName
  record: RoomRecord
}

async function newRoomOf(path: string, room: RoomName): Promise<NewRoom> {
  const stamp = await readStamp(path)
  return { path, room, record: { path, confirmed: 0, seen: stamp === null ? null : stampText(stamp) } }
}

/**
 * Which room a file has. Changes come one after the other: two rooms for one file would be two documents of the same words.
 * All paths are real ones.
 */
export class FileRooms {
  readonly #records: MirrorRecords
  readonly #openFile: (room: RoomName) => MovableFile | undefined
  #changes: Promise<unknown> = Promise.resolve()

  constructor(records: MirrorRecords, openFile: (room: RoomName) => MovableFile | undefined) {
    this.#records = records
    this.#openFile = openFile
  }

  /** The room of the file, which is made the first time. A file that was moved while it was not open keeps its room. */
  roomOf(path: string): Promise<RoomName> {
    return this.#inTurn(async () => {
      const known = await this.#records.file(path)
      if (known !== null && (await this.#isStill(known.room, path))) return known.room
      const moved = await this.#movedTo(path)
      if (moved !== null) return moved
      const made = await newRoomOf(path, randomRoomName())
      await this.#records.putNew([made])
      return made.room
    })
  }

  /**
   * As `roomOf`, for the files of a folder in one go; new rooms are named by `newRoom`. A link is left out: the file that it leads to
   * has the room.
   */
  roomsOf(paths: readonly string[], newRoom: () => RoomName): Promise<Map<string, RoomName>> {
    return this.#inTurn(async () => {
      const known = await this.#known()
      const made: NewRoom[] = []
      const rooms = new Map<string, RoomName>()
      await Promise.all(
        paths.map(async (path) => {
          const room = await this.#oneOf(path, known)
          if (room === "link") return
          if (room === null) made.push(await newRoomOf(path, newRoom()))
          else rooms.set(path, room)
        }),
      )
      if (made.length > 0) await this.#records.putNew(made)
      for (const { path, room } of made) rooms.set(path, room)
      return rooms
    })
  }

  /** The file of the room, if it has one. */
  async pathOf(room: RoomName): Promise<string | null> {
    return (await this.#records.room(room))?.path ?? null
  }

  /** Gives a file to a room that has none. False: the room has one by now. */
  give(room: RoomName, path: string, begin: () => Promise<void>): Promise<boolean> {
    return this.#inTurn(async () => {
      if ((await this.#records.room(room)) !== null) return false
      await begin()
      await this.#records.putFile({ path, room })
      return true
    })
  }

  /** A file, or a folder with files in it, was moved: they keep their rooms. */
  moved(from: string, to: string): Promise<void> {
    return this.#inTurn(async () => {
      for (const { room, path } of await this.#records.filesBelow(from, sep))
        await this.#move(room, path, join(to, relative(from, path)))
    })
  }

  /** The file of a room is somewhere else now. Not done where another room has the new path already. */
  follow(room: RoomName, from: string, to: string): Promise<void> {
    return this.#inTurn(async () => {
      if ((await this.#records.file(to)) === null) await this.#move(room, from, to)
    })
  }

  /** Null: it has none yet. */
  async #oneOf(path: string, known: Known): Promise<RoomName | "link" | null> {
    const file = known.files.get(path)
    if (file !== undefined && known.rooms.get(file.room)?.path === path) return file.room
    // A link, or gone again.
    if ((await realpath(path).catch(() => null)) !== path) return "link"
    if (file !== undefined && (await this.#isStill(file.room, path))) return file.room
    const stamp = await readStamp(path)
    return this.#firstGone(stamp === null ? [] : (known.seen.get(stampText(stamp)) ?? []), path)
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
    const candidates = await this.#records.roomsSeen(stampText(stamp))
    return this.#firstGone(
      candidates.map(({ room }) => room),
      path,
    )
  }

  /** Gives the path to the first of these rooms whose file is not where it was. */
  async #firstGone(candidates: readonly RoomName[], path: string): Promise<RoomName | null> {
    for (const room of candidates) {
      const record = await this.#records.room(room)
      if (record === null || record.path === path || (await readStamp(record.path)) !== null) continue
      await this.#move(room, record.path, path)
      return room
    }
    return null
  }

  async #move(room: RoomName, from: string, to: string): Promise<void> {
    const record = await this.#records.room(room)
    if (record === null || record.path !== from) return
    await this.#records.putFile({ path: to, room })
    const file = this.#openFile(room)
    if (file === undefined) await this.#records.putRoom(room, { ...record, path: to })
    else await file.moveTo(to)
    await this.#records.removeFile(from)
  }

  async #known(): Promise<Known> {
    const [files, rooms] = await Promise.all([this.#records.files(), this.#records.rooms()])
    const seen = new Map<string, RoomName[]>()
    for (const [room, record] of rooms) {
      if (record.seen !== null) seen.set(record.seen, [...(seen.get(record.seen) ?? []), room])
    }
    return { files: new Map(files.map((file) => [file.path, file])), rooms, seen }
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(action, action)
    this.#changes = result.catch(() => undefined) // whoever asked is told; the next one goes on all the same
    return result
  }
}
