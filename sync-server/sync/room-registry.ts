import type { Logger } from "pino"
import { AppError } from "../../protocol/errors.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import type { AppendQueue } from "../store/append-queue.ts"
import type { Store } from "../store/store.ts"
import { Room, type RoomMeter } from "./room.ts"

/** A room without users stays this long: a page that reloads, or a tab that is switched, finds it warm. */
const lingerMs = 2_000
/** A log of this many entries is replaced by a snapshot while the room is in use. */
const compactAfterEntries = 2_000

/** Keeps the room loaded until it is released. */
export interface RoomHandle {
  readonly room: Room
  /** Idempotent. */
  release(): void
}

type Entry =
  | { name: "loading"; ready: Promise<Room> }
  | { name: "live"; room: Room; users: number; linger: NodeJS.Timeout | null }
  | { name: "unloading"; gone: Promise<void> }

/** Opens every room once, however many ask for it at once, and unloads it soon after the last one left. */
export class RoomRegistry {
  readonly #store: Store
  readonly #appends: AppendQueue
  readonly #logger: Logger
  readonly #meter: RoomMeter
  readonly #attach: (room: Room) => Promise<void>
  readonly #entries = new Map<RoomName, Entry>()
  readonly #compactions = new Set<RoomName>()
  #closing = false

  constructor(options: {
    store: Store
    appends: AppendQueue
    logger: Logger
    meter: RoomMeter
    /** Called after loading and before anybody gets the room: the mirror and the replica link come in here. */
    attach: (room: Room) => Promise<void>
  }) {
    this.#store = options.store
    this.#appends = options.appends
    this.#logger = options.logger
    this.#meter = options.meter
    this.#attach = options.attach
  }

  /** Rooms that are loaded now. */
  get rooms(): Room[] {
    return [...this.#entries.values()].flatMap((entry) => (entry.name === "live" ? [entry.room] : []))
  }

  get size(): number {
    return this.#entries.size
  }

  /** @throws AppError of the store, or SERVER_UNAVAILABLE while the server stops */
  async acquire(name: RoomName): Promise<RoomHandle> {
    for (;;) {
      if (this.#closing) throw new AppError("SERVER_UNAVAILABLE", "The server is stopping")
      const entry = this.#entries.get(name)
      if (entry === undefined) {
        await this.#load(name)
      } else if (entry.name === "loading") {
        await entry.ready
      } else if (entry.name === "unloading") {
        // A join during an unload waits for it: a second document would overwrite the first.
        await entry.gone
      } else {
        return this.#use(name, entry)
      }
    }
  }

  /** Replaces the log of a room in use by a snapshot once it has grown long. Called after appends became durable. */
  compactIfLong(room: Room): void {
    if (room.logLength < compactAfterEntries || this.#compactions.has(room.name)) return
    this.#compactions.add(room.name)
    void this.#compact(room).finally(() => this.#compactions.delete(room.name))
  }

  /** Unloads every room: observers finish, everything appended is on disk, logs are compacted. */
  async close(): Promise<void> {
    this.#closing = true
    for (;;) {
      const open = [...this.#entries]
      if (open.length === 0) return
      await Promise.allSettled(open.map(([name, entry]) => this.#end(name, entry)))
    }
  }

  #end(name: RoomName, entry: Entry): Promise<unknown> {
    switch (entry.name) {
      case "loading":
        return entry.ready
      case "unloading":
        return entry.gone
      case "live":
        return this.#unload(name, entry)
    }
  }

  async #load(name: RoomName): Promise<void> {
    const ready = this.#open(name)
    this.#entries.set(name, { name: "loading", ready })
    try {
      const room = await ready
      this.#entries.set(name, { name: "live", room, users: 0, linger: null })
      this.#lingerWhenUnused(name)
    } catch (error) {
      this.#entries.delete(name)
      throw error
    }
  }

  async #open(name: RoomName): Promise<Room> {
    const stored = await this.#store.load(name)
    const room = new Room({ name, stored, appends: this.#appends, logger: this.#logger, meter: this.#meter })
    try {
      await this.#attach(room)
    } catch (error) {
      await room.finish()
      room.destroy()
      throw error
    }
    return room
  }

  #use(name: RoomName, entry: Extract<Entry, { name: "live" }>): RoomHandle {
    if (entry.linger !== null) clearTimeout(entry.linger)
    entry.linger = null
    entry.users += 1
    let released = false
    return {
      room: entry.room,
      release: () => {
        if (released) return
        released = true
        entry.users -= 1
        this.#lingerWhenUnused(name)
      },
    }
  }

  #lingerWhenUnused(name: RoomName): void {
    const entry = this.#entries.get(name)
    if (entry?.name !== "live" || entry.users > 0 || this.#closing) return
    if (entry.linger !== null) clearTimeout(entry.linger)
    entry.linger = setTimeout(() => void this.#unloadOnceDurable(name, entry), lingerMs)
  }

  /** While the disk refuses, the room stays and goes on serving from memory. */
  async #unloadOnceDurable(name: RoomName, entry: Extract<Entry, { name: "live" }>): Promise<void> {
    const timer = entry.linger
    await entry.room.whenDurable()
    if (entry.linger === timer && entry.users === 0 && this.#entries.get(name) === entry)
      await this.#unload(name, entry)
  }

  #unload(name: RoomName, entry: Extract<Entry, { name: "live" }>): Promise<void> {
    if (entry.linger !== null) clearTimeout(entry.linger)
    const gone = this.#finish(entry.room).finally(() => this.#entries.delete(name))
    this.#entries.set(name, { name: "unloading", gone })
    return gone
  }

  async #finish(room: Room): Promise<void> {
    await room.finish()
    await room.whenDurable()
    await this.#compact(room)
    room.destroy()
  }

  async #compact(room: Room): Promise<void> {
    const snapshot = room.snapshot()
    if (snapshot === null) return
    try {
      await this.#store.compact(room.name, snapshot.update, snapshot.sequence)
    } catch (err) {
      // Nothing is lost: the log is whole, and the next unload tries again.
      this.#logger.warn(
        { event: "compaction-failed", room: room.name, err },
        "A room's log could not be compacted",
      )
    }
  }
}
