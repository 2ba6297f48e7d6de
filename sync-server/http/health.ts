import { monitorEventLoopDelay } from "node:perf_hooks"
import type { AppendQueue } from "../store/append-queue.ts"
import type { Store } from "../store/store.ts"

/** The event loop counts as stuck when half of its turns in the last window were this late. */
const stuckMs = 1_000
/** Delays are judged over windows of this length, so that one long turn is forgotten. */
const windowMs = 10_000
/** A durable append this young proves that the store is writable. */
const freshMs = 5_000
/** A probe of the store that takes longer says that it is not. */
const probeDeadlineMs = 2_000
const probeKey = "probe"

/** One thing that is not ready, and why. */
export interface NotReady {
  what: "store" | "drain"
  why: string
}

/** Liveness and readiness, cheap enough for a probe a second. */
export class Health {
  readonly #store: Store
  readonly #appends: AppendQueue
  readonly #delays = monitorEventLoopDelay({ resolution: 50 })
  #windowStart = performance.now()
  #lastDurable = Number.NEGATIVE_INFINITY
  #probe: Promise<string | null> | null = null
  #draining = false

  constructor(options: { store: Store; appends: AppendQueue }) {
    this.#store = options.store
    this.#appends = options.appends
    this.#delays.enable()
  }

  /** Something was brought to disk just now. */
  noteDurable(): void {
    this.#lastDurable = performance.now()
  }

  drain(): void {
    this.#draining = true
  }

  close(): void {
    this.#delays.disable()
  }

  /** Null while the event loop is well; else how late it is. */
  stuck(): string | null {
    const median = this.#delays.percentile(50) / 1e6
    if (performance.now() - this.#windowStart > windowMs) {
      this.#delays.reset()
      this.#windowStart = performance.now()
    }
    return median > stuckMs ? `The event loop is ${Math.round(median)} ms late` : null
  }

  async notReady(): Promise<NotReady[]> {
    if (this.#draining) return [{ what: "drain", why: "The server is stopping" }]
    const why = await this.#storeTrouble()
    return why === null ? [] : [{ what: "store", why }]
  }

  async #storeTrouble(): Promise<string | null> {
    if (this.#appends.trouble !== null) return this.#appends.trouble.message
    if (performance.now() - this.#lastDurable < freshMs) return null
    this.#probe ??= this.#writeProbe().finally(() => {
      this.#probe = null
    })
    return this.#probe
  }

  async #writeProbe(): Promise<string | null> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(
        () => resolve(`The store did not answer within ${probeDeadlineMs} ms`),
        probeDeadlineMs,
      )
    })
    try {
      return await Promise.race([this.#writeOnce(), late])
    } finally {
      clearTimeout(timer)
    }
  }

  async #writeOnce(): Promise<string | null> {
    try {
      await this.#store.putRecord(probeKey, String(Date.now()))
      this.noteDurable()
      return null
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
}
