import type { Logger } from "pino"
import { AppError } from "../../protocol/errors.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import { CompactionThread } from "./compaction-thread.ts"
import type { Compaction, LogEntry, RoomLog, Store, StoredSegment } from "./store.ts"

/** Of a larger log only the beginning is compacted at once. */
const logBytes = 128 * 1024 * 1024

/** What a compaction did, for the metrics. */
export interface Compacted {
  room: RoomName
  entries: number
  /** Of the new snapshot. */
  bytes: number
  milliseconds: number
}

/**
 * Replaces rooms' logs by snapshots and history segments. They are computed in a thread of their own, which is started when
 * it is first needed and ends when it is not.
 */
export class Compactor {
  readonly #store: Store
  readonly #logger: Logger
  readonly #onCompacted: (compacted: Compacted) => void
  readonly #onFailed: () => void
  readonly #thread: CompactionThread
  #tail: Promise<unknown> = Promise.resolve()
  #isCompacting = false
  #closed = false

  constructor(options: {
    store: Store
    logger: Logger
    onCompacted?: (compacted: Compacted) => void
    /** Whoever asked for it is told why. */
    onFailed?: () => void
    /** For tests. */
    thread?: CompactionThread
  }) {
    this.#store = options.store
    this.#logger = options.logger
    this.#onCompacted = options.onCompacted ?? (() => undefined)
    this.#onFailed = options.onFailed ?? (() => undefined)
    this.#thread = options.thread ?? new CompactionThread()
  }

  /** A log is being compacted now. */
  get isCompacting(): boolean {
    return this.#isCompacting
  }

  /**
   * One room at a time, in the order of the calls. Answers the snapshot and the sequence that it goes up to; null when there was
   * nothing to do, or `close` came first.
   * @throws AppError STORE_COMPACT, STORE_FULL, STORE_WRITE; the log is whole then.
   */
  compact(room: RoomName): Promise<{ snapshot: Uint8Array; through: number } | null> {
    const compact = () => this.#watched(room)
    const compacted = this.#tail.then(compact)
    this.#tail = compacted.catch(() => undefined) // whoever called hears of it
    return compacted
  }

  /** Gives up what is under way, and resolves when the store is not written to any more. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#thread.end()
    await this.#tail
  }

  async #watched(room: RoomName): Promise<{ snapshot: Uint8Array; through: number } | null> {
    this.#isCompacting = true
    try {
      return await this.#compact(room)
    } catch (error) {
      this.#onFailed()
      throw error
    } finally {
      this.#isCompacting = false
    }
  }

  async #compact(room: RoomName): Promise<{ snapshot: Uint8Array; through: number } | null> {
    if (this.#closed) return null
    const start = performance.now()
    const log = await this.#store.readLog(room)
    const entries = beginningOf(log.entries)
    if (entries.length === 0) return null
    const last = await this.#store.lastSegment(room)
    const compaction = await this.#compute(room, { ...log, entries }, last)
    if (compaction === null || this.#closed) return null
    await this.#store.compact(room, compaction)
    const { snapshot, through } = compaction
    const milliseconds = performance.now() - start
    const compacted = { room, entries: entries.length, bytes: snapshot.length, milliseconds }
    this.#logger.debug({ event: "compacted", ...compacted }, "A room's log was compacted")
    this.#onCompacted(compacted)
    return { snapshot, through }
  }

  async #compute(room: RoomName, log: RoomLog, last: StoredSegment | null): Promise<Compaction | null> {
    if (this.#closed) return null
    try {
      return await this.#thread.compact(log, last)
    } catch (cause) {
      if (this.#closed) return null
      throw new AppError("STORE_COMPACT", `The log of ${room} could not be compacted`, { cause })
    }
  }
}

function beginningOf(entries: readonly LogEntry[]): LogEntry[] {
  let bytes = 0
  const end = entries.findIndex(({ update }) => {
    bytes += update.length
    return bytes > logBytes
  })
  // One entry at least, however large.
  return end === -1 ? [...entries] : entries.slice(0, Math.max(end, 1))
}
