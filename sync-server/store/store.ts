import type { RoomName } from "../../protocol/room-name.ts"

/** What a store has of a room. Applying the snapshot and then the updates, in order, gives the document. */
export interface StoredRoom {
  snapshot: Uint8Array | null
  updates: Uint8Array[]
  /** The sequence of the last update that was ever appended; the next one is one more. */
  sequence: number
}

export interface RoomUpdate {
  room: RoomName
  /** 1, 2, …: given by the room, without gaps, and going on over restarts. */
  sequence: number
  update: Uint8Array
}

/** A durable append log and a snapshot for each room, and small records beside them. */
export interface Store {
  /** Null: nothing was ever stored under this name. */
  load(room: RoomName): Promise<StoredRoom | null>

  /**
   * Resolves once every update of the batch is on disk; all of it or none. Called with one batch at a time.
   * @throws AppError STORE_FULL, STORE_WRITE; the same batch may then be appended again.
   */
  append(batch: readonly RoomUpdate[]): Promise<void>

  /** Replaces the log up to and including `throughSequence` by the snapshot, at once or not at all. */
  compact(room: RoomName, snapshot: Uint8Array, throughSequence: number): Promise<void>

  /** The names of all rooms, in no particular order. */
  list(): Promise<RoomName[]>

  /** Leaves nothing of the room. */
  erase(room: RoomName): Promise<void>

  /** Small durable texts: which file a room is mirrored to, which invites were ended. Null: no such record. */
  getRecord(key: string): Promise<string | null>

  /** Resolves once the record is on disk; null removes it. */
  putRecord(key: string, value: string | null): Promise<void>

  listRecords(prefix: string): Promise<{ key: string; value: string }[]>

  /** Idempotent. Everything that was resolved before stays. */
  close(): Promise<void>
}
