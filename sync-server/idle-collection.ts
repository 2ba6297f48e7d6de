import { getHeapStatistics, setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** How long one waits, in milliseconds. */
export interface IdleTiming {
  /** How often it is looked. */
  lookMs: number
  /** Nobody did anything for so long: whoever is still at a keyboard is reading. */
  quietMs: number
  /** From one collection to the next at the earliest. */
  betweenMs: number
}
const defaultTiming: IdleTiming = { lookMs: 1_000, quietMs: 5_000, betweenMs: 60_000 }
/** A collection takes about 2 ms for each megabyte that stays. With more in the heap than this it is left to V8, which does it piece by piece. */
export const mostHeapBytes = 128 * 1024 * 1024

/** What the server has done since it started, as numbers that only grow. */
export interface IdleSources {
  /** Whatever somebody would have to wait for. */
  activity: () => number
  /** What has left memory to be collected. */
  discarded: () => number
}

/**
 * V8 keeps the pages of a heap that has shrunk, for as long as the server lives. So when something has left memory and
 * nobody does anything, all is collected at once, and the pages go back to the system.
 */
export class IdleCollection {
  readonly #sources: IdleSources
  readonly #timing: IdleTiming
  readonly #collect: () => boolean
  readonly #heapBytes: () => number
  readonly #onCollected: (milliseconds: number) => void
  readonly #timer: NodeJS.Timeout
  #activity: number
  #quietSince: number
  #discarded: number
  #collectedAt = Number.NEGATIVE_INFINITY

  constructor(options: {
    sources: IdleSources
    /** Told how long everything else stood still. */
    onCollected: (milliseconds: number) => void
    timing?: IdleTiming
    /** Answers whether it could. For tests. */
    collect?: () => boolean
    /** For tests. */
    heapBytes?: () => number
  }) {
    this.#sources = options.sources
    this.#timing = options.timing ?? defaultTiming
    this.#collect = options.collect ?? collectAll
    this.#heapBytes = options.heapBytes ?? (() => getHeapStatistics().used_heap_size)
    this.#onCollected = options.onCollected
    this.#activity = this.#sources.activity()
    this.#discarded = this.#sources.discarded()
    this.#quietSince = performance.now()
    this.#timer = setInterval(() => this.look(performance.now()), this.#timing.lookMs).unref()
  }

  /** Collects if it is time for it. Called again and again; `now` is of `performance.now()`. */
  look(now: number): void {
    const activity = this.#sources.activity()
    if (activity !== this.#activity) this.#quietSince = now
    this.#activity = activity
    const discarded = this.#sources.discarded()
    if (discarded === this.#discarded) return
    if (now - this.#quietSince < this.#timing.quietMs) return
    if (now - this.#collectedAt < this.#timing.betweenMs) return
    if (this.#heapBytes() > mostHeapBytes) return
    this.#discarded = discarded
    this.#collectedAt = now
    const start = performance.now()
    if (this.#collect()) this.#onCollected(performance.now() - start)
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.#timer)
  }
}

let collector: (() => void) | null = null

/** Collects as V8 does before it gives up for lack of memory: thoroughly, and keeping no page. False: this process cannot be told to. */
export function collectAll(): boolean {
  collector ??= findCollector()
  collector?.()
  return collector !== null
}

/** V8 has it only behind a flag, which counts for the contexts that are made while it is set. */
function findCollector(): (() => void) | null {
  // Electron may have sealed V8's flags, and then setting one ends the process.
  if (process.versions["electron"] !== undefined) return null
  try {
    setFlagsFromString("--expose-gc")
    const gc: unknown = runInNewContext("globalThis.gc")
    setFlagsFromString("--no-expose-gc")
    if (typeof gc !== "function") return null
    return () =>
      void Reflect.apply(gc, undefined, [{ type: "major", execution: "sync", flavor: "last-resort" }])
  } catch {
    // Then memory stays as it is, which harms nobody.
    return null
  }
}
