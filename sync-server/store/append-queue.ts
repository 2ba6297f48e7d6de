import type { Logger } from "pino"
import { AppError } from "../../protocol/errors.ts"
import type { RoomUpdate, Store } from "./store.ts"

const firstRetryMs = 100
const lastRetryMs = 5_000

/** An update on its way to disk, and who wants to know when it is there. */
export interface PendingAppend extends RoomUpdate {
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
  readonly #onTrouble: (trouble: AppError | null) => void
  readonly #onCommit: (updates: number, milliseconds: number) => void
  #waiting: PendingAppend[] = []
  #pump: Promise<void> | null = null
  #trouble: AppError | null = null
  #retry: { cancel: () => void } | null = null
  #abandoned = false

  constructor(options: {
    store: Store
    logger: Logger
    onTrouble: (trouble: AppError | null) => void
    onCommit: (updates: number, milliseconds: number) => void
  }) {
    this.#store = options.store
    this.#logger = options.logger
    this.#onTrouble = options.onTrouble
    this.#onCommit = options.onCommit
  }

  /** Why the last batch is not on disk; null when the disk takes writes. */
  get trouble(): AppError | null {
    return this.#trouble
  }

  /** Updates that are not on disk yet, the batch on its way not counted. */
  get length(): number {
    return this.#waiting.length
  }

  push(append: PendingAppend): void {
    this.#waiting.push(append)
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
    // The updates of this turn of the event loop, from every room, become one commit.
    await new Promise<void>((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0 && !this.#abandoned) {
      const batch = this.#waiting
      this.#waiting = []
      await this.#commit(batch)
    }
    this.#pump = null
  }

  async #commit(batch: readonly PendingAppend[]): Promise<void> {
    for (let delay = firstRetryMs; !this.#abandoned; delay = Math.min(delay * 2, lastRetryMs)) {
      const start = performance.now()
      try {
        await this.#store.append(batch)
        this.#onCommit(batch.length, performance.now() - start)
        this.#setTrouble(null)
        break
      } catch (error) {
        this.#setTrouble(
          error instanceof AppError
            ? error
            : new AppError("STORE_WRITE", "The store failed", { cause: error }),
        )
        await this.#pause(delay)
      }
    }
    if (this.#trouble !== null) return
    for (const append of batch) append.durable(append.sequence)
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
