import type { RoomName } from "../../protocol/room-name.ts"
import type { Compaction, LogEntry, OpenLog, RoomUpdate, Store, StoredRoom, StoredSegment } from "./store.ts"

interface MemoryRoom {
  snapshot: Uint8Array | null
  through: number
  log: Map<number, LogEntry>
  segments: Map<number, Uint8Array>
}

/** Keeps nothing over a restart: the contract of a store at its simplest, for tests of what stands on one. */
export class MemoryStore implements Store {
  readonly #rooms = new Map<RoomName, MemoryRoom>()
  readonly #records = new Map<string, string>()

  async load(room: RoomName): Promise<StoredRoom | null> {
    const stored = this.#rooms.get(room)
    if (stored === undefined) return null
    const entries = entriesOf(stored)
    const sequence = entries.at(-1)?.sequence ?? stored.through
    return { snapshot: stored.snapshot, updates: entries.map(({ update }) => update), sequence }
  }

  readLog<T>(room: RoomName, read: (log: OpenLog) => Promise<T>): Promise<T> {
    const stored = this.#rooms.get(room)
    const entries = stored === undefined ? [] : entriesOf(stored)
    async function* slices(): AsyncGenerator<LogEntry[]> {
      if (entries.length > 0) yield entries
    }
    return read({ snapshot: stored?.snapshot?.slice() ?? null, slices: slices() })
  }

  async append(batch: readonly RoomUpdate[]): Promise<void> {
    for (const { room, sequence, time, authors, update } of batch)
      this.#room(room).log.set(sequence, { sequence, time, authors, update })
  }

  async compact(room: RoomName, { snapshot, through, segment }: Compaction): Promise<void> {
    const stored = this.#room(room)
    stored.snapshot = snapshot
    stored.through = through
    stored.segments.set(segment.first, segment.bytes)
    for (const sequence of [...stored.log.keys()]) if (sequence <= through) stored.log.delete(sequence)
  }

  async segments(room: RoomName): Promise<StoredSegment[]> {
    const segments = [...(this.#rooms.get(room)?.segments ?? [])].map(([first, bytes]) => ({
      first,
      bytes: bytes.slice(),
    }))
    return segments.sort((a, b) => a.first - b.first)
  }

  async lastSegment(room: RoomName): Promise<StoredSegment | null> {
    return (await this.segments(room)).at(-1) ?? null
  }

  async list(): Promise<RoomName[]> {
    return [...this.#rooms.keys()]
  }

  async erase(room: RoomName): Promise<void> {
    this.#rooms.delete(room)
  }

  async getRecord(key: string): Promise<string | null> {
    return this.#records.get(key) ?? null
  }

  async putRecord(key: string, value: string | null): Promise<void> {
    if (value === null) this.#records.delete(key)
    else this.#records.set(key, value)
  }

  async putRecords(records: readonly { key: string; value: string }[]): Promise<void> {
    for (const { key, value } of records) this.#records.set(key, value)
  }

  async listRecords(prefix: string): Promise<{ key: string; value: string }[]> {
    const keys = [...this.#records.keys()].filter((key) => key.startsWith(prefix)).sort()
    return keys.map((key) => ({ key, value: this.#records.get(key) ?? "" }))
  }

  async close(): Promise<void> {}

  #room(name: RoomName): MemoryRoom {
    const known = this.#rooms.get(name)
    if (known !== undefined) return known
    const fresh: MemoryRoom = { snapshot: null, through: 0, log: new Map(), segments: new Map() }
    this.#rooms.set(name, fresh)
    return fresh
  }
}

function entriesOf({ log }: MemoryRoom): LogEntry[] {
  return [...log.values()].sort((a, b) => a.sequence - b.sequence)
}
