import { z } from "zod"
import { absence } from "../../protocol/absence.ts"
import { invitation } from "../../protocol/api.ts"
import { documentOf, roles } from "../../protocol/role.ts"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import { folderOf } from "../../protocol/shared-folder.ts"
import type { Store } from "../store/store.ts"

const replicaRecord = z.object({
  origin: z.string(),
  token: z.string(),
  title: z.string(),
  /** Who invited; empty when nobody said. */
  by: z.string(),
  role: z.enum(roles),
  hostKind: invitation.shape.hostKind,
})
/** Where a room was joined from. */
export type ReplicaRecord = z.infer<typeof replicaRecord>

const absenceRecord = z.object({
  absence,
  /** A window has asked for it. */
  isRead: z.boolean(),
})
type AbsenceRecord = z.infer<typeof absenceRecord>

/** By what link a room is joined. */
export interface Joined {
  /** The room of the link: itself, or the folder that it is in. */
  room: RoomName
  record: ReplicaRecord
}

const joinedPrefix = "replica/"
const folderPrefix = "replica-folder/"
const unsentPrefix = "unsent/"

/** The part of the store that replicas need. */
export type Records = Pick<Store, "getRecord" | "putRecord" | "listRecords">

/**
 * What is remembered of joined documents:
 *
 *   replica/ROOM         where it was joined from; a folder by the room of its tree
 *   replica-folder/ROOM  the folder that it was joined with, where its name does not tell
 *   unsent/ROOM          it has changes that its host did not confirm
 *   absence/ROOM         what others wrote while its host was out of reach, until a person has seen it
 */
export class ReplicaRecords {
  readonly #store: Records

  constructor(store: Records) {
    this.#store = store
  }

  /** Null: the room was not joined by itself. */
  async read(room: RoomName): Promise<ReplicaRecord | null> {
    const value = await this.#store.getRecord(joinedPrefix + room)
    return value === null ? null : replicaRecord.parse(JSON.parse(value))
  }

  /** Null: the room was not joined. Comments are joined with their document, a file with the folder that it is in. */
  async find(room: RoomName): Promise<Joined | null> {
    const document = parseRoomName(documentOf(room))
    const own = await this.read(document)
    if (own !== null) return { room: document, record: own }
    const folder = folderOf(document) ?? (await this.#store.getRecord(folderPrefix + document))
    if (folder === null) return null
    const record = await this.read(parseRoomName(folder))
    return record === null ? null : { room: parseRoomName(folder), record }
  }

  remove(room: RoomName): Promise<void> {
    return this.#store.putRecord(joinedPrefix + room, null)
  }

  async listJoined(): Promise<string[]> {
    const records = await this.#store.listRecords(joinedPrefix)
    return records.map(({ key }) => key.slice(joinedPrefix.length))
  }

  /** A file that was not made for the folder is in it: it is joined with that. */
  adopt(room: RoomName, folder: RoomName): Promise<void> {
    return this.#store.putRecord(folderPrefix + room, folder)
  }

  /** Resolves once it is on disk. */
  write(room: RoomName, record: ReplicaRecord): Promise<void> {
    return this.#store.putRecord(joinedPrefix + room, JSON.stringify(record))
  }

  async isUnsent(room: RoomName): Promise<boolean> {
    return (await this.#store.getRecord(unsentPrefix + room)) !== null
  }

  markUnsent(room: RoomName): Promise<void> {
    return this.#store.putRecord(unsentPrefix + room, "{}")
  }

  clearUnsent(room: RoomName): Promise<void> {
    return this.#store.putRecord(unsentPrefix + room, null)
  }

  async absence(room: RoomName): Promise<AbsenceRecord | null> {
    const value = await this.#store.getRecord(`absence/${room}`)
    return value === null ? null : absenceRecord.parse(JSON.parse(value))
  }

  putAbsence(room: RoomName, record: AbsenceRecord | null): Promise<void> {
    return this.#store.putRecord(`absence/${room}`, record === null ? null : JSON.stringify(record))
  }

  async listUnsent(): Promise<string[]> {
    const records = await this.#store.listRecords(unsentPrefix)
    return records.map(({ key }) => key.slice(unsentPrefix.length))
  }
}
