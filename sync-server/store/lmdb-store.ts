import { createHash } from "node:crypto"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { setImmediate as nextTurn } from "node:timers/promises"
import { type Database, open, type RootDatabase, type Transaction } from "lmdb"
import { AppError } from "../../protocol/errors.ts"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import { readLogValue, writeLogValues } from "./log-value.ts"
import type { Compaction, LogEntry, RoomLog, RoomUpdate, Store, StoredRoom, StoredSegment } from "./store.ts"

/** The address space that is reserved at first; LMDB grows it by itself. */
const firstMapBytes = 64 * 1024 * 1024
/** LMDB's keys end at 1,978 bytes; a longer record key is stored under its hash. */
const recordKeyBytes = 1024
const sequenceBytes = 8
/** Long logs are read and removed this many entries at a time, so that everything else goes on in between. */
const sliceEntries = 1_000
/** A slice of large entries ends here. */
const sliceBytes = 4 * 1024 * 1024
/** Counts up with every change of what is written below. */
const layout = "2"

/** The one file of a store in this folder. */
export function storeFile(folder: string): string {
  return join(folder, "rooms.mdb")
}

type RoomKey = [room: string, sequence: number]

/**
 * The embedded store: one LMDB file below `folder`.
 *
 *   entries    [room, sequence] -> log value (log-value.ts); those that the snapshot holds already count for nothing
 *   snapshots  room -> [last sequence that it holds, 8 bytes big endian][update]
 *   segments   [room, first sequence] -> history segment (history/segment.ts)
 *   records    key -> text
 *   about      "layout" -> number of this layout
 *
 * A write counts as done when LMDB has flushed it to disk, not when it is visible.
 */
export class LmdbStore implements Store {
  readonly #root: RootDatabase<Buffer, string>
  readonly #entries: Database<Buffer, RoomKey>
  readonly #snapshots: Database<Buffer, string>
  readonly #segments: Database<Buffer, RoomKey>
  readonly #records: Database<string, string>
  #closed: Promise<void> | null = null

  /** @throws AppError STORE_OPEN */
  constructor(folder: string) {
    try {
      mkdirSync(folder, { recursive: true })
      this.#root = open({
        path: storeFile(folder),
        mapSize: firstMapBytes,
        maxDbs: 8,
        encoding: "binary",
      })
      this.#entries = this.#root.openDB<Buffer, RoomKey>({ name: "entries", encoding: "binary" })
      this.#snapshots = this.#root.openDB<Buffer, string>({ name: "snapshots", encoding: "binary" })
      this.#segments = this.#root.openDB<Buffer, RoomKey>({ name: "segments", encoding: "binary" })
      this.#records = this.#root.openDB<string, string>({ name: "records", encoding: "string" })
    } catch (cause) {
      throw new AppError("STORE_OPEN", `The store in ${folder} could not be opened`, { cause })
    }
    this.#checkLayout(folder)
  }

  async load(room: RoomName): Promise<StoredRoom | null> {
    const { snapshot, entries, through } = await this.readLog(room)
    if (snapshot === null && entries.length === 0) return null
    return { snapshot, updates: entries.map(({ update }) => update), sequence: through }
  }

  async readLog(room: RoomName): Promise<RoomLog> {
    // One moment for all slices: else a compaction in between would take away entries that its snapshot gave back.
    // biome-ignore lint/correctness/useHookAtTopLevel: LMDB's, not React's
    const transaction = this.#root.useReadTransaction()
    try {
      const packed = this.#snapshots.get(room, { transaction })
      // A copy, as everywhere: LMDB's own memory is only valid until the transaction ends.
      const snapshot = packed === undefined ? null : new Uint8Array(packed.subarray(sequenceBytes))
      let through = packed === undefined ? 0 : Number(packed.readBigUInt64BE(0))
      const entries: LogEntry[] = []
      for (;;) {
        const { slice, isLast } = this.#readSlice(room, through + 1, transaction)
        for (const entry of slice) entries.push(entry)
        through = slice.at(-1)?.sequence ?? through
        if (isLast) return { snapshot, entries, through }
        await nextTurn()
      }
    } finally {
      transaction.done()
    }
  }

  append(batch: readonly RoomUpdate[]): Promise<void> {
    return this.#write(() => {
      const values = writeLogValues(batch)
      for (const [index, { room, sequence }] of batch.entries()) {
        const value = values[index]
        if (value !== undefined) void this.#entries.put([room, sequence], asBuffer(value))
      }
    })
  }

  async compact(room: RoomName, { snapshot, through, segment }: Compaction): Promise<void> {
    const packed = Buffer.allocUnsafe(sequenceBytes + snapshot.length)
    packed.writeBigUInt64BE(BigInt(through))
    packed.set(snapshot, sequenceBytes)
    await this.#write(() => {
      void this.#snapshots.put(room, packed)
      void this.#segments.put([room, segment.first], asBuffer(segment.bytes))
    })
    // From here on nobody reads these entries; a crash leaves them to the next compaction.
    await this.#removeEntries(room, through)
  }

  async segments(room: RoomName): Promise<StoredSegment[]> {
    return [...this.#segments.getRange(rangeOf(room))].map(asSegment)
  }

  async lastSegment(room: RoomName): Promise<StoredSegment | null> {
    const { start, end } = rangeOf(room)
    const [last] = [...this.#segments.getRange({ start: end, end: start, reverse: true, limit: 1 })]
    return last === undefined ? null : asSegment(last)
  }

  async list(): Promise<RoomName[]> {
    const names = new Set<string>(this.#snapshots.getKeys())
    let after: RoomKey = ["", 0]
    for (;;) {
      // One look a room, however long its log: the next key after the last possible one of the room before.
      const [key] = [...this.#entries.getKeys({ start: after, limit: 1 })]
      if (key === undefined) break
      names.add(key[0])
      after = [key[0], Number.MAX_SAFE_INTEGER]
    }
    return [...names].map(parseRoomName)
  }

  async erase(room: RoomName): Promise<void> {
    // The newest first, so that what a crash leaves is the room as it was earlier.
    await this.#removeEntries(room, Number.MAX_SAFE_INTEGER)
    const segments = [...this.#segments.getKeys(rangeOf(room))]
    await this.#write(() => {
      void this.#snapshots.remove(room)
      for (const key of segments) void this.#segments.remove(key)
    })
  }

  async getRecord(key: string): Promise<string | null> {
    const value = this.#records.get(recordKey(key))
    return value === undefined ? null : value
  }

  putRecord(key: string, value: string | null): Promise<void> {
    return this.#write(() => {
      if (value === null) void this.#records.remove(recordKey(key))
      else void this.#records.put(recordKey(key), value)
    })
  }

  async listRecords(prefix: string): Promise<{ key: string; value: string }[]> {
    const records: { key: string; value: string }[] = []
    for (const { key, value } of this.#records.getRange({ start: prefix })) {
      if (!key.startsWith(prefix)) break
      records.push({ key, value })
    }
    return records
  }

  close(): Promise<void> {
    this.#closed ??= this.#root.close()
    return this.#closed
  }

  #readSlice(
    room: RoomName,
    first: number,
    transaction: Transaction,
  ): { slice: LogEntry[]; isLast: boolean } {
    const slice: LogEntry[] = []
    let bytes = 0
    const start: RoomKey = [room, first]
    for (const { key, value } of this.#entries.getRange({ start, end: rangeOf(room).end, transaction })) {
      slice.push(readLogValue(key[1], value))
      bytes += value.length
      if (slice.length === sliceEntries || bytes > sliceBytes) return { slice, isLast: false }
    }
    return { slice, isLast: true }
  }

  /** Removes the newest first. */
  async #removeEntries(room: RoomName, through: number): Promise<void> {
    for (;;) {
      const newest = {
        start: [room, through] satisfies RoomKey,
        end: rangeOf(room).start,
        limit: sliceEntries,
      }
      const keys = [...this.#entries.getKeys({ ...newest, reverse: true })]
      if (keys.length === 0) return
      await this.#write(() => {
        for (const key of keys) void this.#entries.remove(key)
      })
    }
  }

  /** What the action puts and removes is one transaction, whose promise stands for all of theirs. */
  async #write(action: () => void): Promise<void> {
    try {
      await this.#root.transaction(action)
      await this.#root.flushed
    } catch (cause) {
      throw storeError(cause)
    }
  }

  #checkLayout(folder: string): void {
    const about = this.#root.openDB<string, string>({ name: "about", encoding: "string" })
    const written = about.get("layout")
    if (written === layout) return
    if (written !== undefined) {
      void this.close()
      throw new AppError(
        "STORE_OPEN",
        `The store in ${folder} was written by a newer version (layout ${written})`,
      )
    }
    this.#root.transactionSync(() => {
      this.#takeOverFirstLayout()
      about.putSync("layout", layout)
    })
  }

  /** The first layout knew no history: its log held bare updates. */
  #takeOverFirstLayout(): void {
    const log = this.#root.openDB<Buffer, RoomKey>({ name: "log", encoding: "binary" })
    for (const { key, value } of log.getRange({ snapshot: false })) {
      const [moved] = writeLogValues([{ time: 0, authors: [], update: new Uint8Array(value) }])
      if (moved !== undefined) this.#entries.putSync(key, asBuffer(moved))
    }
    log.clearSync()
  }
}

function rangeOf(room: RoomName): { start: RoomKey; end: RoomKey } {
  return { start: [room, 0], end: [room, Number.MAX_SAFE_INTEGER] }
}

function asSegment({ key, value }: { key: RoomKey; value: Buffer }): StoredSegment {
  return { first: key[1], bytes: new Uint8Array(value) }
}

function storeError(cause: unknown): AppError {
  const text = cause instanceof Error ? cause.message : String(cause)
  if (/no space|ENOSPC|MAP_FULL|quota/i.test(text)) {
    return new AppError("STORE_FULL", "The disk that the store is on is full", { cause })
  }
  return new AppError("STORE_WRITE", "The store could not write to its disk", { cause })
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function recordKey(key: string): string {
  if (Buffer.byteLength(key) <= recordKeyBytes) return key
  // The readable start keeps such keys below their prefix in `listRecords`.
  return `${key.slice(0, 128)}#${createHash("sha256").update(key).digest("hex")}`
}
