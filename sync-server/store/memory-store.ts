import type { RoomName } from "../../protocol/room-name.ts"
import type { RoomUpdate, Store, StoredRoom } from "./store.ts"

interface MemoryRoom {
  snapshot: Uint8Array | null
  through: number
  log: Map<number, Uint8Array>
}

/** Keeps nothing over a restart: the contract of a store at its simplest, for tests of what stands on one. */
export class MemoryStore implements Store {
  readonly #rooms = new Map<RoomName, MemoryRoom>()
  readonly #records = new Map<string, string>()

  async load(room: RoomName): Promise<StoredRoom | null> {
    const stored = this.#rooms.get(room)
    if (stored === undefined) return null
    const sequences = [...stored.log.keys()].sort((a, b) => a - b)
    return {
      snapshot: stored.snapshot,
      updates: sequences.flatMap((sequence) => stored.log.get(sequence) ?? []),
      sequence: sequences.at(-1) ?? stored.through,
    }
  }

  async append(batch: readonly RoomUpdate[]): Promise<void> {
    for (const { room, sequence, update } of batch) this.#room(room).log.set(sequence, update)
  }

  async compact(room: RoomName, snapshot: Uint8Array, throughSequence: number): Promise<void> {
    const stored = this.#room(room)
    stored.snapshot = snapshot
    stored.through = throughSequence
    for (const sequence of [...stored.log.keys()])
      if (sequence <= throughSequence) stored.log.delete(sequence)
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

  async listRecords(prefix: string): Promise<{ key: string; value: string }[]> {
    const keys = [...this.#records.keys()].filter((key) => key.startsWith(prefix)).sort()
    return keys.map((key) => ({ key, value: this.#records.get(key) ?? "" }))
  }

  async close(): Promise<void> {}

  #room(name: RoomName): MemoryRoom {
    const known = this.#rooms.get(name)
    if (known !== undefined) return known
    const fresh: MemoryRoom = { snapshot: null, through: 0, log: new Map() }
    this.#rooms.set(name, fresh)
    return fresh
  }
}
