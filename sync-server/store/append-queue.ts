import type { Logger } from "pino"
import { AppError } from "../../protocol/errors.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import type { RoomUpdate, Store } from "./store.ts"

const firstRetryMs = 100
const lastRetryMs = 5_000
/** Two commits begin at least this far apart: a lone writer waits for none. */
const spacingMs = 5
/** Where many write, a commit is cheaper the more it holds: after a large one the next begins this much later for each update, */
const spacingPerUpdateMs = 1
/** and at most this late: what 2,000 rooms that are edited once a second cost is halved, and nobody sees a light turn green later. */
const longestSpacingMs = 25
/** With this many bytes not on disk the queue is full, and those who write are made to wait. */
const queueLimitBytes = 32 * 1024 * 1024

/** An update on its way to disk, and who wants to know when it is there. */
export interface PendingAppend extends RoomUpdate {
  /** The room's updates up to and including `sequence` are on disk. Called for the last of a room's updates in a commit. */
  durable(sequence: number): void
}

/**
 * Brings the updates of all rooms to disk: one batch at a time, all that arrived meanwhile in the next. So batches grow
 * when the disk is slow, and the order of every room is kept. A batch that fails is tried again until it is on disk;
 * nothing behind it is acknowledged before.
 */
export class AppendQueue {
  readonly #store: Store
  readonly #logger: Logger
  readonly #limitBytes: number
  readonly #onTrouble: (trouble: AppError | null) => void
  readonly #onCommit: (updates: number, milliseconds: number) => void
  #waiting: PendingAppend[] = []
  #waitingBytes = 0
  /** When the oldest of those that wait came. */
  #waitingSince = 0
  #batch: { length: number; bytes: number; since: number } | null = null
  #nextCommit = Number.NEGATIVE_INFINITY
  #pump: Promise<void> | null = null
  #trouble: AppError | null = null
  #failures = 0
  #retry: { cancel: () => void } | null = null
  #abandoned = false
  #whenFree: (() => void)[] = []

  constructor(options: {
    store: Store
    logger: Logger
    onTrouble: (trouble: AppError | null) => void
    onCommit: (updates: number, milliseconds: number) => void
    limitBytes?: number
  }) {
    this.#store = options.store
    this.#logger = options.logger
    this.#limitBytes = options.limitBytes ?? queueLimitBytes
    this.#onTrouble = options.onTrouble
    this.#onCommit = options.onCommit
  }

  /** Why the last batch is not on disk; null when the disk takes writes. */
  get trouble(): AppError | null {
    return this.#trouble
  }

  /** How often the store has refused a batch, ever. */
  get failures(): number {
    return this.#failures
  }

  /** Updates that are not on disk yet. */
  get length(): number {
    return this.#waiting.length + (this.#batch?.length ?? 0)
  }

  /** The bytes of those updates. */
  get bytes(): number {
    return this.#waitingBytes + (this.#batch?.bytes ?? 0)
  }

  /** More waits than may: whoever brings updates stops reading its socket until `whenFree`. What comes all the same is taken. */
  get isFull(): boolean {
    return this.bytes >= this.#limitBytes
  }

  /** Since when (`performance.now()`) the oldest update waits; null: everything is on disk. */
  get waitingSince(): number | null {
    return this.#batch?.since ?? (this.#waiting.length > 0 ? this.#waitingSince : null)
  }

  /** Calls once when the queue is not full: at once, or after a commit. */
  whenFree(resume: () => void): void {
    if (this.isFull) this.#whenFree.push(resume)
    else resume()
  }

  push(append: PendingAppend): void {
    if (this.#waiting.length === 0) this.#waitingSince = performance.now()
    this.#waiting.push(append)
    this.#waitingBytes += append.update.length
    this.#pump ??= this.#run()
  }

  /** Resolves when nothing waits any more. With a disk that refuses, that is never: race it with a deadline. */
  async idle(): Promise<void> {
    while (this.#pump !== null) await this.#pump
  }

  /** Tries the batch that failed again now. */
  retryNow(): void {
    this.#retry?.cancel()
  }

  /** Gives up what is not on disk: the last step of a stop whose deadline has passed. */
  async abandon(): Promise<void> {
    this.#abandoned = true
    this.#retry?.cancel()
    await this.idle()
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#abandoned) {
      await this.#untilDue()
      const batch = this.#waiting
      this.#batch = { length: batch.length, bytes: this.#waitingBytes, since: this.#waitingSince }
      this.#waiting = []
      this.#waitingBytes = 0
      this.#waitingSince = performance.now()
      await this.#commit(batch)
      this.#batch = null
      this.#tellFree()
    }
    this.#pump = null
  }

  /** At least the rest of this turn of the event loop: what comes in it, from every room, becomes one commit. */
  #untilDue(): Promise<void> {
    const wait = this.#nextCommit - performance.now()
    return new Promise((resolve) => {
      if (wait > 0 && !this.#abandoned) setTimeout(resolve, wait)
      else setImmediate(resolve)
    })
  }

  async #commit(batch: readonly PendingAppend[]): Promise<void> {
    for (let delay = firstRetryMs; !this.#abandoned; delay = Math.min(delay * 2, lastRetryMs)) {
      const start = performance.now()
      this.#nextCommit =
        start + Math.min(Math.max(spacingMs, batch.length * spacingPerUpdateMs), longestSpacingMs)
      try {
        await this.#store.append(batch)
      } catch (error) {
        this.#failures += 1
        this.#setTrouble(
          error instanceof AppError
            ? error
            : new AppError("STORE_WRITE", "The store failed", { cause: error }),
        )
        await this.#pause(delay)
        continue
      }
      this.#onCommit(batch.length, performance.now() - start)
      this.#setTrouble(null)
      acknowledge(batch)
      return
    }
  }

  #tellFree(): void {
    if (this.isFull && !this.#abandoned) return
    const resumes = this.#whenFree
    this.#whenFree = []
    for (const resume of resumes) resume()
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#retry = null
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      this.#retry = { cancel: done }
    })
  }

  #setTrouble(trouble: AppError | null): void {
    if (trouble === this.#trouble) return
    if (trouble !== null)
      this.#logger.error({ event: "append-failed", err: trouble, code: trouble.code }, trouble.message)
    else this.#logger.info({ event: "append-recovered" }, "The store takes writes again")
    this.#trouble = trouble
    this.#onTrouble(trouble)
  }
}

/** Once a room. */
function acknowledge(batch: readonly PendingAppend[]): void {
  const newest = new Map<RoomName, PendingAppend>()
  for (const append of batch) newest.set(append.room, append)
  for (const append of newest.values()) append.durable(append.sequence)
}
