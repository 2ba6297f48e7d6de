import type { RoomName } from "../../protocol/room-name.ts"

/** What a store has of a room. Applying the snapshot and then the updates, in order, gives the document. */
export interface StoredRoom {
  snapshot: Uint8Array | null
  /** Without bytes where an entry of the log is damaged: no Yjs update is that short. */
  updates: Uint8Array[]
  /** The sequence of the last update that was ever appended; the next one is one more. */
  sequence: number
}

/** One update in a room's history: when it came, and whose it is. */
export interface LogEntry {
  /** 1, 2, …: given by the room, without gaps, and going on over restarts. */
  sequence: number
  /** Milliseconds since 1970, by the server's clock. 0: not known. */
  time: number
  /** The names under which those who made it were known. Empty: not known. */
  authors: readonly string[]
  update: Uint8Array
}

export interface RoomUpdate extends LogEntry {
  room: RoomName
}

/** What a room's log holds at one moment, while it is read. */
export interface OpenLog {
  snapshot: Uint8Array | null
  /** The entries after the snapshot, some at a time; the event loop turns in between. */
  slices: AsyncIterable<LogEntry[]>
}

/** A stretch of a room's history, encoded (history/segment.ts). The store does not look into it. */
export interface StoredSegment {
  /** The sequence of its first entry. */
  first: number
  bytes: Uint8Array
}

/** What takes the place of a log. */
export interface Compaction {
  /** The document up to and including `through`. */
  snapshot: Uint8Array
  through: number
  /** The history that the log held; it takes the place of a segment that begins at the same sequence. */
  segment: StoredSegment
}

/**
 * For each room a durable append log, a snapshot, and the history before the snapshot; small records beside them. Bytes that
 * a store hands out are the caller's; those that it is given may not change any more.
 */
export interface Store {
  /** Null: nothing was ever stored under this name. */
  load(room: RoomName): Promise<StoredRoom | null>

  /** Reads the log with times and authors, of one moment, whatever is appended and compacted until `read` is through. */
  readLog<T>(room: RoomName, read: (log: OpenLog) => Promise<T>): Promise<T>

  /**
   * Resolves once every update of the batch is on disk; all of it or none. Called with one batch at a time.
   * @throws AppError STORE_FULL, STORE_WRITE; the same batch may then be appended again.
   */
  append(batch: readonly RoomUpdate[]): Promise<void>

  /**
   * Replaces the log up to and including `through` by the snapshot and the segment, at once or not at all.
   * @throws AppError STORE_FULL, STORE_WRITE; the log is whole then.
   */
  compact(room: RoomName, compaction: Compaction): Promise<void>

  /** The history before the snapshot, oldest first. */
  segments(room: RoomName): Promise<StoredSegment[]>

  /** The newest segment; null when there is none. */
  lastSegment(room: RoomName): Promise<StoredSegment | null>

  /** The names of all rooms, in no particular order. */
  list(): Promise<RoomName[]>

  /** Leaves nothing of the room. After a crash on the way an earlier state of it is left. */
  erase(room: RoomName): Promise<void>

  /** Small durable texts: which file a room is mirrored to, which invites were ended. Null: no such record. */
  getRecord(key: string): Promise<string | null>

  /** Resolves once the record is on disk; null removes it. */
  putRecord(key: string, value: string | null): Promise<void>

  /** As `putRecord` for many, in one commit: all of them or none. */
  putRecords(records: readonly { key: string; value: string }[]): Promise<void>

  listRecords(prefix: string): Promise<{ key: string; value: string }[]>

  /** Idempotent. Everything that was resolved before stays. */
  close(): Promise<void>
}
