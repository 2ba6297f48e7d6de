import { createHash } from "node:crypto"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { type Database, open, type RootDatabase } from "lmdb"
import { AppError } from "../../protocol/errors.ts"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import type { RoomUpdate, Store, StoredRoom } from "./store.ts"

/** The address space that is reserved at first; LMDB grows it by itself. */
const firstMapBytes = 64 * 1024 * 1024
/** LMDB's keys end at 1,978 bytes; a longer record key is stored under its hash. */
const recordKeyBytes = 1024
const sequenceBytes = 8

type LogKey = [room: string, sequence: number]

/**
 * The embedded store: one LMDB file below `folder`.
 *
 *   log        [room, sequence] -> update
 *   snapshots  room -> [last sequence that it holds, 8 bytes big endian][update]
 *   records    key -> text
 *
 * A write counts as done when LMDB has flushed it to disk, not when it is visible.
 */
export class LmdbStore implements Store {
  readonly #root: RootDatabase<Buffer, string>
  readonly #log: Database<Buffer, LogKey>
  readonly #snapshots: Database<Buffer, string>
  readonly #records: Database<string, string>
  #closed: Promise<void> | null = null

  /** @throws AppError STORE_OPEN */
  constructor(folder: string) {
    try {
      mkdirSync(folder, { recursive: true })
      this.#root = open({
        path: join(folder, "rooms.mdb"),
        mapSize: firstMapBytes,
        maxDbs: 8,
        encoding: "binary",
      })
      this.#log = this.#root.openDB<Buffer, LogKey>({ name: "log", encoding: "binary" })
      this.#snapshots = this.#root.openDB<Buffer, string>({ name: "snapshots", encoding: "binary" })
      this.#records = this.#root.openDB<string, string>({ name: "records", encoding: "string" })
    } catch (cause) {
      throw new AppError("STORE_OPEN", `The store in ${folder} could not be opened`, { cause })
    }
  }

  async load(room: RoomName): Promise<StoredRoom | null> {
    const packed = this.#snapshots.get(room)
    const through = packed === undefined ? 0 : readSequence(packed)
    const updates: Uint8Array[] = []
    let sequence = through
    for (const entry of this.#log.getRange({
      start: [room, through + 1],
      end: [room, Number.MAX_SAFE_INTEGER],
    })) {
      // A copy: LMDB's own memory is only valid until its next transaction.
      updates.push(new Uint8Array(entry.value))
      sequence = entry.key[1]
    }
    if (packed === undefined && updates.length === 0) return null
    const snapshot = packed === undefined ? null : new Uint8Array(packed.subarray(sequenceBytes))
    return { snapshot, updates, sequence }
  }

  append(batch: readonly RoomUpdate[]): Promise<void> {
    return this.#write(() => {
      for (const { room, sequence, update } of batch) void this.#log.put([room, sequence], asBuffer(update))
    })
  }

  compact(room: RoomName, snapshot: Uint8Array, throughSequence: number): Promise<void> {
    return this.#write(() => {
      const packed = Buffer.allocUnsafe(sequenceBytes + snapshot.length)
      packed.writeBigUInt64BE(BigInt(throughSequence))
      packed.set(snapshot, sequenceBytes)
      void this.#snapshots.put(room, packed)
      this.#removeLog(room, throughSequence)
    })
  }

  async list(): Promise<RoomName[]> {
    const names = new Set<string>(this.#snapshots.getKeys())
    let after: LogKey = ["", 0]
    for (;;) {
      // One look a room, however long its log: the next key after the last possible one of the room before.
      const [key] = [...this.#log.getKeys({ start: after, limit: 1 })]
      if (key === undefined) break
      names.add(key[0])
      after = [key[0], Number.MAX_SAFE_INTEGER]
    }
    return [...names].map(parseRoomName)
  }

  erase(room: RoomName): Promise<void> {
    return this.#write(() => {
      void this.#snapshots.remove(room)
      this.#removeLog(room, Number.MAX_SAFE_INTEGER)
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

  #removeLog(room: RoomName, throughSequence: number): void {
    const keys = [...this.#log.getKeys({ start: [room, 0], end: [room, throughSequence + 1] })]
    for (const key of keys) void this.#log.remove(key)
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
}

function storeError(cause: unknown): AppError {
  const text = cause instanceof Error ? cause.message : String(cause)
  if (/no space|ENOSPC|MAP_FULL|quota/i.test(text)) {
    return new AppError("STORE_FULL", "The disk that the store is on is full", { cause })
  }
  return new AppError("STORE_WRITE", "The store could not write to its disk", { cause })
}

function readSequence(packed: Buffer): number {
  return Number(packed.readBigUInt64BE(0))
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function recordKey(key: string): string {
  if (Buffer.byteLength(key) <= recordKeyBytes) return key
  // The readable start keeps such keys below their prefix in `listRecords`.
  return `${key.slice(0, 128)}#${createHash("sha256").update(key).digest("hex")}`
}
