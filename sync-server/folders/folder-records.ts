import { z } from "zod"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import type { Store } from "../store/store.ts"

const prefix = "folder/"

const folderRecord = z.object({
  /** The real path of the folder on this computer. Null: it came from elsewhere, and is kept in the store alone. */
  path: z.string().nullable(),
  title: z.string(),
  /** Rooms of its files that were not made for it. Where the folder is on a disk, that tells. */
  adopted: z.array(z.string()).default([]),
})
export type FolderRecord = z.infer<typeof folderRecord>

export interface KeptFolder extends FolderRecord {
  room: RoomName
}

/** What is kept of the folders that were ever shared from here: `folder/ROOM`, by the room of the tree. */
export class FolderRecords {
  readonly #store: Pick<Store, "getRecord" | "putRecord" | "listRecords">

  constructor(store: Pick<Store, "getRecord" | "putRecord" | "listRecords">) {
    this.#store = store
  }

  async read(room: RoomName): Promise<FolderRecord | null> {
    const value = await this.#store.getRecord(prefix + room)
    return value === null ? null : folderRecord.parse(JSON.parse(value))
  }

  async list(): Promise<KeptFolder[]> {
    const records = await this.#store.listRecords(prefix)
    return records.map(({ key, value }) => ({
      ...folderRecord.parse(JSON.parse(value)),
      room: parseRoomName(key.slice(prefix.length)),
    }))
  }

  /** Resolves once it is on disk. */
  write(room: RoomName, record: FolderRecord): Promise<void> {
    return this.#store.putRecord(prefix + room, JSON.stringify(record))
  }
}
