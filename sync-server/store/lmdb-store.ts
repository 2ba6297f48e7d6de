import { createHash } from "node:crypto"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { setImmediate as nextTurn } from "node:timers/promises"
import type { Database, Transaction } from "lmdb"
import { AppError } from "../../protocol/errors.ts"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import { LmdbFile, type Root, type Space } from "./lmdb-file.ts"
import { readLogValue, writeLogValues } from "./log-value.ts"
import type { Compaction, LogEntry, OpenLog, RoomUpdate, Store, StoredRoom, StoredSegment } from "./store.ts"

/** LMDB's keys end at 1,978 bytes; a longer record key is stored under its hash. */
const recordKeyBytes = 1024
const sequenceBytes = 8
/** Long logs are read and removed this many entries at a time, so that everything else goes on in between. */
const sliceEntries = 500
/** A slice of large entries ends here. */
const sliceBytes = 1024 * 1024
/** Counts up with every change of what is written below. */
const layout = "2"

/** The one file of a store in this folder. */
export function storeFile(folder: string): string {
  return join(folder, "rooms.mdb")
}

/** Removing gives pages back as it goes. */
const removal: Space = { pages: 32, copies: 0 }

type RoomKey = [room: string, sequence: number]

interface StoredSnapshot {
  snapshot: Uint8Array | null
  /** The sequence that it goes up to. */
  through: number
}

interface Databases {
  entries: Database<Buffer, RoomKey>
  snapshots: Database<Buffer, string>
  segments: Database<Buffer, RoomKey>
  records: Database<string, string>
}

/**
 * The embedded store: one LMDB file below `folder`.
 *
 *   entries    [room, sequence] -> log value (log-value.ts); those that the snapshot holds already count for nothing
 *   snapshots  room -> [last sequence that it holds, 8 bytes big endian][update]
 *   segments   [room, first sequence] -> history segment (history/segment.ts)
 *   records    key -> text
 *   about      "layout" -> number of this layout
 */
export class LmdbStore implements Store {
  readonly #file: LmdbFile<Databases>

  /** @throws AppError STORE_OPEN */
  constructor(folder: string) {
    try {
      mkdirSync(folder, { recursive: true })
      this.#file = new LmdbFile(storeFile(folder), openDatabases)
    } catch (cause) {
      throw new AppError("STORE_OPEN", `The store in ${folder} could not be opened`, { cause })
    }
  }

  load(room: RoomName): Promise<StoredRoom | null> {
    return this.#readRoom(room, async ({ snapshot, through }, slices) => {
      const updates: Uint8Array[] = []
      let sequence = through
      for await (const slice of slices) {
        for (const { update } of slice) updates.push(update)
        sequence = slice.at(-1)?.sequence ?? sequence
      }
      return snapshot === null && updates.length === 0 ? null : { snapshot, updates, sequence }
    })
  }

  readLog<T>(room: RoomName, read: (log: OpenLog) => Promise<T>): Promise<T> {
    return this.#readRoom(room, ({ snapshot }, slices) => read({ snapshot, slices }))
  }

  append(batch: readonly RoomUpdate[]): Promise<void> {
    const values = writeLogValues(batch)
    return this.#file.write(spaceOfAppend(batch, values), ({ entries }) => {
      for (const [index, { room, sequence }] of batch.entries()) {
        const value = values[index]
        if (value !== undefined) void entries.put([room, sequence], asBuffer(value))
      }
    })
  }

  async compact(room: RoomName, { snapshot, through, segment }: Compaction): Promise<void> {
    const packed = Buffer.allocUnsafe(sequenceBytes + snapshot.length)
    packed.writeBigUInt64BE(BigInt(through))
    packed.set(snapshot, sequenceBytes)
    const newest = await this.#newestEntries(room, through)
    const pages = pagesOf(packed.length) + pagesOf(segment.bytes.length) + removal.pages
    await this.#file.write({ pages, copies: removal.copies }, ({ snapshots, segments, entries }) => {
      void snapshots.put(room, packed)
      void segments.put([room, segment.first], asBuffer(segment.bytes))
      for (const key of newest) void entries.remove(key)
    })
    // From here on nobody reads the others; a crash leaves them to the next compaction.
    if (newest.length === sliceEntries) await this.#removeEntries(room, through)
    await this.#file.trim()
  }

  segments(room: RoomName): Promise<StoredSegment[]> {
    return this.#file.read(({ segments }) => [...segments.getRange(rangeOf(room))].map(asSegment))
  }

  lastSegment(room: RoomName): Promise<StoredSegment | null> {
    const { start, end } = rangeOf(room)
    return this.#file.read(({ segments }) => {
      const [last] = [...segments.getRange({ start: end, end: start, reverse: true, limit: 1 })]
      return last === undefined ? null : asSegment(last)
    })
  }

  list(): Promise<RoomName[]> {
    return this.#file.read(({ snapshots, entries }) => {
      const names = new Set<string>(snapshots.getKeys())
      let after: RoomKey = ["", 0]
      for (;;) {
        // One look a room, however long its log: the next key after the last possible one of the room before.
        const [key] = [...entries.getKeys({ start: after, limit: 1 })]
        if (key === undefined) return [...names].map(parseRoomName)
        names.add(key[0])
        after = [key[0], Number.MAX_SAFE_INTEGER]
      }
    })
  }

  async erase(room: RoomName): Promise<void> {
    // The newest first, so that what a crash leaves is the room as it was earlier.
    await this.#removeEntries(room, Number.MAX_SAFE_INTEGER)
    const keys = await this.#file.read(({ segments }) => [...segments.getKeys(rangeOf(room))])
    await this.#file.write(removal, ({ snapshots, segments }) => {
      void snapshots.remove(room)
      for (const key of keys) void segments.remove(key)
    })
  }

  getRecord(key: string): Promise<string | null> {
    return this.#file.read(({ records }) => records.get(recordKey(key)) ?? null)
  }

  putRecord(key: string, value: string | null): Promise<void> {
    return this.#file.write({ pages: pagesOf(3 * (value?.length ?? 0)), copies: 0 }, ({ records }) => {
      if (value === null) void records.remove(recordKey(key))
      else void records.put(recordKey(key), value)
    })
  }

  putRecords(list: readonly { key: string; value: string }[]): Promise<void> {
    const bytes = list.reduce((sum, { key, value }) => sum + 3 * value.length + 2 * key.length + 64, 0)
    // They lie side by side, or at places of their own among many others.
    return this.#file.write({ pages: pagesOf(bytes), copies: 4 * list.length }, ({ records }) => {
      for (const { key, value } of list) void records.put(recordKey(key), value)
    })
  }

  listRecords(prefix: string): Promise<{ key: string; value: string }[]> {
    return this.#file.read(({ records }) => {
      const found: { key: string; value: string }[] = []
      for (const { key, value } of records.getRange({ start: prefix })) {
        if (!key.startsWith(prefix)) break
        found.push({ key, value })
      }
      return found
    })
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  /** In one read transaction: a compaction in between would else take away entries that its snapshot gave back. */
  #readRoom<T>(
    room: RoomName,
    read: (snapshot: StoredSnapshot, slices: AsyncIterable<LogEntry[]>) => Promise<T>,
  ): Promise<T> {
    return this.#file.read(async ({ snapshots, entries }, root) => {
      const transaction = root.useReadTransaction()
      try {
        const snapshot = snapshotOf(snapshots.get(room, { transaction }))
        return await read(snapshot, slicesFrom(entries, [room, snapshot.through + 1], transaction))
      } finally {
        transaction.done()
      }
    })
  }

  /** The last of those up to `through`, as many as are removed at a time. */
  #newestEntries(room: RoomName, through: number): Promise<RoomKey[]> {
    const newest = { start: [room, through] satisfies RoomKey, end: rangeOf(room).start, reverse: true }
    return this.#file.read(({ entries }) => [...entries.getKeys({ ...newest, limit: sliceEntries })])
  }

  /** Removes the newest first. */
  async #removeEntries(room: RoomName, through: number): Promise<void> {
    for (;;) {
      const keys = await this.#newestEntries(room, through)
      if (keys.length === 0) return
      await this.#file.write(removal, ({ entries }) => {
        for (const key of keys) void entries.remove(key)
      })
    }
  }
}

/** Throws what LMDB throws, and an AppError STORE_OPEN for a store of a newer version. */
function openDatabases(root: Root): Databases {
  const databases = {
    entries: root.openDB<Buffer, RoomKey>({ name: "entries", encoding: "binary" }),
    snapshots: root.openDB<Buffer, string>({ name: "snapshots", encoding: "binary" }),
    segments: root.openDB<Buffer, RoomKey>({ name: "segments", encoding: "binary" }),
    records: root.openDB<string, string>({ name: "records", encoding: "string" }),
  }
  const about = root.openDB<string, string>({ name: "about", encoding: "string" })
  const written = about.get("layout")
  if (written === undefined) {
    root.transactionSync(() => {
      takeOverFirstLayout(root, databases)
      about.putSync("layout", layout)
    })
  } else if (written !== layout) {
    throw new AppError("STORE_OPEN", `The store was written by a newer version, in layout ${written}`)
  }
  return databases
}

/** The first layout knew no history: its log held bare updates. */
function takeOverFirstLayout(root: Root, { entries }: Databases): void {
  const log = root.openDB<Buffer, RoomKey>({ name: "log", encoding: "binary" })
  for (const { key, value } of log.getRange()) {
    const [moved] = writeLogValues([{ time: 0, authors: [], update: new Uint8Array(value) }])
    if (moved !== undefined) entries.putSync(key, asBuffer(moved))
  }
  log.dropSync()
}

/** LMDB's own memory is only valid until the transaction ends, but with this encoding it hands out copies. */
function snapshotOf(packed: Buffer | undefined): StoredSnapshot {
  if (packed === undefined) return { snapshot: null, through: 0 }
  return { snapshot: asBytes(packed.subarray(sequenceBytes)), through: Number(packed.readBigUInt64BE(0)) }
}

async function* slicesFrom(
  entries: Databases["entries"],
  [room, first]: RoomKey,
  transaction: Transaction,
): AsyncGenerator<LogEntry[]> {
  let next = first
  for (;;) {
    const slice = readSlice(entries, [room, next], transaction)
    const last = slice.at(-1)
    if (last === undefined) return
    yield slice
    next = last.sequence + 1
    await nextTurn()
  }
}

/** The entries from `start` on that are read without a pause. */
function readSlice(log: Databases["entries"], [room, first]: RoomKey, transaction: Transaction): LogEntry[] {
  const slice: LogEntry[] = []
  let bytes = 0
  const end: RoomKey = [room, Number.MAX_SAFE_INTEGER]
  const range = { start: [room, first] satisfies RoomKey, end, transaction }
  for (const { key, value } of log.getRange(range)) {
    slice.push(readLogValue(key[1], value))
    bytes += value.length
    if (slice.length === sliceEntries || bytes > sliceBytes) break
  }
  return slice
}

/**
 * How many pages a value may take at most: those of its own, and new copies of what lies on the way to it in the trees of the
 * database, of all databases and of the free pages.
 */
function pagesOf(bytes: number): number {
  return Math.ceil(bytes / 4_000) + 24
}

/** Each room may have its own way; large values lie on pages of their own, small ones may leave theirs half full. */
function spaceOfAppend(batch: readonly RoomUpdate[], values: readonly Uint8Array[]): Space {
  const rooms = new Set<RoomName>()
  let bytes = 0
  for (const [index, { room }] of batch.entries()) {
    rooms.add(room)
    bytes += (values[index]?.length ?? 0) + 2 * room.length + 64
  }
  return { pages: pagesOf(2 * bytes), copies: 4 * rooms.size }
}

function rangeOf(room: RoomName): { start: RoomKey; end: RoomKey } {
  return { start: [room, 0], end: [room, Number.MAX_SAFE_INTEGER] }
}

function asSegment({ key, value }: { key: RoomKey; value: Buffer }): StoredSegment {
  return { first: key[1], bytes: asBytes(value) }
}

function asBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function recordKey(key: string): string {
  if (Buffer.byteLength(key) <= recordKeyBytes) return key
  // The readable start keeps such keys below their prefix in `listRecords`.
  return `${key.slice(0, 128)}#${createHash("sha256").update(key).digest("hex")}`
}
