import type { Logger } from "pino"
import { AppError } from "../../protocol/errors.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import { type CompactionJob, CompactionThread } from "./compaction-thread.ts"
import type { Compaction, Store } from "./store.ts"

/** Of a larger log only the beginning is compacted at once: single keys take forty times as much memory as they have bytes. */
export const compactedBytes = 8 * 1024 * 1024

/** What a room is to know. */
export interface CompactedLog {
  snapshot: Uint8Array
  /** The sequence that the snapshot goes up to. */
  through: number
  /** Of the updates that were in the log and are not any more. */
  logBytes: number
}

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
   * One room at a time, in the order of the calls. Of a log above `compactedBytes` a part is left. Null when there was nothing
   * to do, or `close` came first.
   * @throws AppError STORE_COMPACT, STORE_FULL, STORE_WRITE; the log is whole then.
   */
  compact(room: RoomName): Promise<CompactedLog | null> {
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

  async #watched(room: RoomName): Promise<CompactedLog | null> {
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

  async #compact(room: RoomName): Promise<CompactedLog | null> {
    if (this.#closed) return null
    const start = performance.now()
    const job = await this.#begin(room)
    if (job === null) return null
    const compaction = await this.#end(room, job)
    if (compaction === null || this.#closed) return null
    await this.#store.compact(room, compaction)
    const { snapshot, through } = compaction
    const milliseconds = performance.now() - start
    const compacted = { room, entries: job.entries, bytes: snapshot.length, milliseconds }
    this.#logger.debug({ event: "compacted", ...compacted }, "A room's log was compacted")
    this.#onCompacted(compacted)
    return { snapshot, through, logBytes: job.bytes }
  }

  /** Gives the room's log to the thread; null when there is none. */
  async #begin(room: RoomName): Promise<CompactionJob | null> {
    const last = await this.#store.lastSegment(room)
    return this.#store.readLog(room, async ({ snapshot, slices }) => {
      let job: CompactionJob | null = null
      for await (const slice of slices) {
        if (this.#closed) return null
        job ??= this.#thread.begin(snapshot, last)
        job.add(slice)
        if (job.bytes > compactedBytes) break
      }
      return job
    })
  }

  async #end(room: RoomName, job: CompactionJob): Promise<Compaction | null> {
    try {
      return await job.end()
    } catch (cause) {
      if (this.#closed) return null
      throw new AppError("STORE_COMPACT", `The log of ${room} could not be compacted`, { cause })
    }
  }
}
