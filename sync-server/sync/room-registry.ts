import type { Logger } from "pino"
import { AppError } from "../../protocol/errors.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import type { AppendQueue } from "../store/append-queue.ts"
import type { Compactor } from "../store/compaction.ts"
import type { Store } from "../store/store.ts"
import { Room, type RoomMeter } from "./room.ts"

/** A room without users stays this long: a page that reloads, or a tab that is switched, finds it warm. */
const lingerMs = 2_000
/** So many of them at most, of those that were left last: a crowd that passes through would else leave a heap that has to hold all of it. */
export const mostLingering = 250
/** How often rooms are looked at: whether they may rest, and whether their log has grown long. */
const sweepMs = 5_000
/** A log of this many entries is compacted while the room is in use: so long a load takes at most, whatever the history. */
const longLogEntries = 2_000
/** And one of this size, if the snapshot is no larger: a room that is never quiet is compacted too, however large its updates. */
export const longLogBytes = 8 * 1024 * 1024
/** Where nobody edits, a log of this many entries is compacted, */
const shortLogEntries = 500
/** or one of this size in relation to its snapshot, so that what is written for it is a few times what people wrote; */
const logShare = 1 / 8
/** and any log of a document that is cheap to write. */
const smallSnapshotBytes = 256 * 1024

/** Keeps the room loaded until it is released. */
export interface RoomHandle {
  readonly room: Room
  /** Idempotent. */
  release(): void
}

type Entry =
  | { name: "loading"; ready: Promise<Room> }
  | LiveEntry
  | { name: "unloading"; gone: Promise<void> }

interface LiveEntry {
  name: "live"
  room: Room
  users: number
  linger: NodeJS.Timeout | null
}

class UsedRoom implements RoomHandle {
  readonly #entry: LiveEntry
  #onReleased: ((entry: LiveEntry) => void) | null

  constructor(entry: LiveEntry, onReleased: (entry: LiveEntry) => void) {
    this.#entry = entry
    this.#onReleased = onReleased
  }

  get room(): Room {
    return this.#entry.room
  }

  release(): void {
    const onReleased = this.#onReleased
    this.#onReleased = null
    onReleased?.(this.#entry)
  }
}

/** How many rooms are in which state. */
export interface RoomCounts {
  loading: number
  live: number
  resting: number
  unloading: number
}

/**
 * Opens every room once, however many ask for it at once, and unloads it soon after the last one left. Logs are compacted in
 * the background: at any moment, and after a crash at any moment, what the store has is the whole document.
 */
export class RoomRegistry {
  readonly #store: Store
  readonly #appends: AppendQueue
  readonly #compactor: Compactor
  readonly #logger: Logger
  readonly #meter: RoomMeter
  readonly #attach: (room: Room) => Promise<void>
  readonly #entries = new Map<RoomName, Entry>()
  /** Rooms without users, the one that was left first at the beginning. */
  readonly #lingering = new Set<LiveEntry>()
  readonly #sweeper: NodeJS.Timeout
  #loads = 0
  #unloads = 0
  #rests = 0
  #sweeping = false
  #closing = false

  constructor(options: {
    store: Store
    appends: AppendQueue
    compactor: Compactor
    logger: Logger
    meter: RoomMeter
    /** Called after loading and before anybody gets the room: the mirror and the replica link come in here. */
    attach: (room: Room) => Promise<void>
  }) {
    this.#store = options.store
    this.#appends = options.appends
    this.#compactor = options.compactor
    this.#logger = options.logger
    this.#meter = options.meter
    this.#attach = options.attach
    this.#sweeper = setInterval(() => void this.sweep(performance.now()), sweepMs)
  }

  /** Rooms that are loaded now. */
  get rooms(): Room[] {
    return [...this.#entries.values()].flatMap((entry) => (entry.name === "live" ? [entry.room] : []))
  }

  get size(): number {
    return this.#entries.size
  }

  /** How many rooms were loaded, ever. */
  get loads(): number {
    return this.#loads
  }

  /** How many rooms were unloaded, ever. */
  get unloads(): number {
    return this.#unloads
  }

  /** How often a living document was given up for its bytes, ever. */
  get rests(): number {
    return this.#rests
  }

  counts(): RoomCounts {
    const counts = { loading: 0, live: 0, resting: 0, unloading: 0 }
    for (const entry of this.#entries.values()) {
      if (entry.name === "live" && entry.room.isResting) counts.resting += 1
      else counts[entry.name] += 1
    }
    return counts
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
        return this.#use(entry)
      }
    }
  }

  /**
   * Does something with what the store has of a room, while nobody has it loaded and whoever comes waits. False, and nothing
   * done: somebody has it.
   */
  async whileUnloaded(name: RoomName, work: () => Promise<void>): Promise<boolean> {
    if (this.#closing) throw new AppError("SERVER_UNAVAILABLE", "The server is stopping")
    if (this.#entries.has(name)) return false
    const working = work()
    const gone = working
      .catch(() => undefined) // whoever asked is told; who waits goes on all the same
      .finally(() => this.#entries.delete(name))
    this.#entries.set(name, { name: "unloading", gone })
    await working
    await gone
    return true
  }

  /**
   * Compacts logs that have grown long, and brings to rest what nobody edits: called every few seconds. One room after the
   * other, so that a crowd that goes quiet together is no storm. `now` is of `performance.now()`.
   */
  async sweep(now: number): Promise<void> {
    if (this.#sweeping) return
    this.#sweeping = true
    for (const room of this.rooms) {
      if (this.#closing) break
      if (isLong(room)) await this.#compact(room.name)
      if (room.mayRest(now)) await this.#rest(room, now)
    }
    this.#sweeping = false
  }

  /** Unloads every room: observers finish, everything appended is on disk. Logs stay as they are: they are whole. */
  async close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#sweeper)
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
      this.#loads += 1
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

  #use(entry: LiveEntry): RoomHandle {
    this.#endLinger(entry)
    entry.users += 1
    return new UsedRoom(entry, this.#onReleased)
  }

  /** One function for all handles: there may be thousands. */
  readonly #onReleased = (entry: LiveEntry): void => {
    entry.users -= 1
    this.#lingerWhenUnused(entry.room.name)
  }

  #lingerWhenUnused(name: RoomName): void {
    const entry = this.#entries.get(name)
    if (entry?.name !== "live" || entry.users > 0 || this.#closing) return
    this.#endLinger(entry)
    entry.linger = setTimeout(() => void this.#unloadOnceDurable(entry), lingerMs)
    this.#lingering.add(entry)
    if (this.#lingering.size <= mostLingering) return
    const [leftFirst] = this.#lingering
    if (leftFirst === undefined) return
    this.#lingering.delete(leftFirst)
    void this.#unloadOnceDurable(leftFirst)
  }

  #endLinger(entry: LiveEntry): void {
    if (entry.linger !== null) clearTimeout(entry.linger)
    entry.linger = null
    this.#lingering.delete(entry)
  }

  /** While the disk refuses, the room stays and goes on serving from memory. */
  async #unloadOnceDurable(entry: LiveEntry): Promise<void> {
    const { linger, room } = entry
    await room.whenDurable()
    if (entry.linger === linger && entry.users === 0 && this.#entries.get(room.name) === entry)
      await this.#unload(room.name, entry)
  }

  #unload(name: RoomName, entry: LiveEntry): Promise<void> {
    this.#endLinger(entry)
    const gone = this.#finish(entry.room).finally(() => {
      this.#unloads += 1
      this.#entries.delete(name)
    })
    this.#entries.set(name, { name: "unloading", gone })
    return gone
  }

  async #finish(room: Room): Promise<void> {
    await room.finish()
    await room.whenDurable()
    room.destroy()
    if (!this.#closing && isWorthCompacting(room)) void this.#compact(room.name)
  }

  async #rest(room: Room, now: number): Promise<void> {
    if (isWorthCompacting(room)) await this.#compact(room.name)
    // What is left in the log is little beside a large document: not worth writing that again.
    if (room.logLength > 0) return
    try {
      const stored = await this.#store.load(room.name)
      if (stored === null || stored.snapshot === null || stored.updates.length > 0) return
      if (stored.sequence !== room.sequence || !room.mayRest(now)) return
      room.rest(stored.snapshot)
      this.#rests += 1
    } catch (err) {
      this.#logger.warn({ event: "rest-failed", room: room.name, err }, "A room's document stays in memory")
    }
  }

  /** By its name alone: many may wait for their turn, and an unloaded room that waited with its document would be held in memory. */
  async #compact(name: RoomName): Promise<void> {
    try {
      const compacted = await this.#compactor.compact(name)
      const entry = this.#entries.get(name)
      if (compacted !== null && entry?.name === "live") entry.room.compacted(compacted)
    } catch (err) {
      // Nothing is lost: the log is whole, and the next time it is tried again.
      this.#logger.warn(
        { event: "compaction-failed", room: name, err },
        "A room's log could not be compacted",
      )
    }
  }
}

function isLong(room: Room): boolean {
  const { log, snapshot } = room.storedBytes
  return room.logLength >= longLogEntries || (log >= longLogBytes && log >= snapshot)
}

function isWorthCompacting(room: Room): boolean {
  const { log, snapshot } = room.storedBytes
  if (room.logLength === 0) return false
  return room.logLength >= shortLogEntries || snapshot <= smallSnapshotBytes || log >= snapshot * logShare
}
