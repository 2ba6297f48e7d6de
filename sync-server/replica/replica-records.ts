import { z } from "zod"
import { absence } from "../../protocol/absence.ts"
import { roles } from "../../protocol/role.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import type { Store } from "../store/store.ts"

const replicaRecord = z.object({
  origin: z.string(),
  token: z.string(),
  title: z.string(),
  /** Who invited; empty when nobody said. */
  by: z.string(),
  role: z.enum(roles),
})
/** Where a room was joined from. */
export type ReplicaRecord = z.infer<typeof replicaRecord>

const absenceRecord = z.object({
  absence,
  /** A window has asked for it. */
  isRead: z.boolean(),
})
type AbsenceRecord = z.infer<typeof absenceRecord>

const commentsPrefix = ".comments/"
const unsentPrefix = "unsent/"

/** The part of the store that replicas need. */
export type Records = Pick<Store, "getRecord" | "putRecord" | "listRecords">

/**
 * What is remembered of joined documents:
 *
 *   replica/ROOM   where it was joined from
 *   unsent/ROOM    it has changes that its host did not confirm
 *   absence/ROOM   what others wrote while its host was out of reach, until a person has seen it
 */
export class ReplicaRecords {
  readonly #store: Records

  constructor(store: Records) {
    this.#store = store
  }

  /** Null: the room was not joined. A document's comments are joined with it. */
  async read(room: RoomName): Promise<ReplicaRecord | null> {
    const document = room.startsWith(commentsPrefix) ? room.slice(commentsPrefix.length) : room
    const value = await this.#store.getRecord(`replica/${document}`)
    return value === null ? null : replicaRecord.parse(JSON.parse(value))
  }

  /** Resolves once it is on disk. */
  write(room: RoomName, record: ReplicaRecord): Promise<void> {
    return this.#store.putRecord(`replica/${room}`, JSON.stringify(record))
  }

  /** Whether this store has the room as a file of its own: then it is the host. */
  async isMirrored(room: RoomName): Promise<boolean> {
    return (await this.#store.getRecord(`mirror/${room}`)) !== null
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
