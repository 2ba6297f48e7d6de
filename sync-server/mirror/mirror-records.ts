import { createHash } from "node:crypto"
import { z } from "zod"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import type { Store } from "../store/store.ts"

/**
 * What the mirror keeps in the store.
 *
 *   file/PATH            the room of a file
 *   mirror/ROOM          the file of a room, and which base was written out for certain
 *   mirror-base/ROOM/0   two texts that were read from the file or written to it, the newer and the one before;
 *   mirror-base/ROOM/1   the next one takes the place of the older
 *
 * Whether a room was seeded is kept nowhere: a seeded room's document is not empty, and the update that seeds it is in the
 * log as a whole or not at all.
 */
const fileRecord = z.object({ room: z.string(), path: z.string() })
const roomRecord = z.object({
  path: z.string(),
  confirmed: z.number().int(),
  /** The stamp of the file when it was last seen: it is known again by that when it was moved meanwhile. */
  seen: z.string().nullable().default(null),
})
const baseRecord = z.object({
  number: z.number().int(),
  /** "read": valid once the document says so, in the very update that merged it. "written": the mirror's own. */
  kind: z.enum(["read", "written"]),
  text: z.string(),
})

const roomPrefix = "mirror/"

export interface FileRecord {
  room: RoomName
  path: string
}
export type RoomRecord = z.infer<typeof roomRecord>
export type BaseRecord = z.infer<typeof baseRecord>

const slots = [0, 1] as const
export type Slot = (typeof slots)[number]

export type Records = Pick<Store, "getRecord" | "putRecord" | "putRecords" | "listRecords">

export class MirrorRecords {
  readonly #store: Records

  constructor(store: Records) {
    this.#store = store
  }

  async file(path: string): Promise<FileRecord | null> {
    const record = parsed(fileRecord, await this.#store.getRecord(`file/${path}`))
    return record === null ? null : { ...record, room: parseRoomName(record.room) }
  }

  async files(): Promise<FileRecord[]> {
    const records = await this.#store.listRecords("file/")
    return records.flatMap(({ value }) => {
      const record = parsed(fileRecord, value)
      return record === null ? [] : [{ ...record, room: parseRoomName(record.room) }]
    })
  }

  /** Those of the path itself and of all that is below it, when it is a folder. */
  async filesBelow(path: string, separator: string): Promise<FileRecord[]> {
    const files = await this.files()
    return files.filter((file) => file.path === path || file.path.startsWith(path + separator))
  }

  putFile(record: FileRecord): Promise<void> {
    return this.#store.putRecord(`file/${record.path}`, JSON.stringify(record))
  }

  /** Files that get a room each, at once or not at all. */
  putNew(files: readonly { path: string; room: RoomName; record: RoomRecord }[]): Promise<void> {
    return this.#store.putRecords(
      files.flatMap(({ path, room, record }) => [
        { key: roomPrefix + room, value: JSON.stringify(record) },
        { key: `file/${path}`, value: JSON.stringify({ room, path } satisfies FileRecord) },
      ]),
    )
  }

  removeFile(path: string): Promise<void> {
    return this.#store.putRecord(`file/${path}`, null)
  }

  async room(room: RoomName): Promise<RoomRecord | null> {
    return parsed(roomRecord, await this.#store.getRecord(roomPrefix + room))
  }

  putRoom(room: RoomName, record: RoomRecord): Promise<void> {
    return this.#store.putRecord(roomPrefix + room, JSON.stringify(record))
  }

  async rooms(): Promise<Map<RoomName, RoomRecord>> {
    const records = await this.#store.listRecords(roomPrefix)
    return new Map(
      records.flatMap(({ key, value }) => {
        const record = parsed(roomRecord, value)
        return record === null ? [] : [[parseRoomName(key.slice(roomPrefix.length)), record] as const]
      }),
    )
  }

  /** The rooms whose files were last seen so. */
  async roomsSeen(seen: string): Promise<{ room: RoomName; record: RoomRecord }[]> {
    const rooms = await this.rooms()
    return [...rooms].filter(([, record]) => record.seen === seen).map(([room, record]) => ({ room, record }))
  }

  /** The room has a file of which nothing is known yet, or none. */
  async forget(room: RoomName): Promise<void> {
    await this.#store.putRecord(roomPrefix + room, null)
    for (const slot of slots) await this.#store.putRecord(baseKey(room, slot), null)
  }

  async bases(room: RoomName): Promise<{ slot: Slot; record: BaseRecord }[]> {
    const found: { slot: Slot; record: BaseRecord }[] = []
    for (const slot of slots) {
      const record = parsed(baseRecord, await this.#store.getRecord(baseKey(room, slot)))
      if (record !== null) found.push({ slot, record })
    }
    return found
  }

  putBase(room: RoomName, slot: Slot, record: BaseRecord): Promise<void> {
    return this.#store.putRecord(baseKey(room, slot), JSON.stringify(record))
  }
}

/** Names a text in few characters; the document carries that of the last one that was merged into it. */
export function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22)
}

function baseKey(room: RoomName, slot: Slot): string {
  return `mirror-base/${room}/${slot}`
}

function parsed<T>(schema: z.ZodType<T>, value: string | null): T | null {
  return value === null ? null : schema.parse(JSON.parse(value))
}
