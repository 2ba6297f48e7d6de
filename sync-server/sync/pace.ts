/** What is paced takes at most this share of the time: one part in five. */
const share = 5
/** How much the last cost counts against those before: a crowd that comes or leaves is noticed within a few turns. */
const newest = 0.25
/** Timers fire a millisecond late; waiting for less would only make the next one later, and so on. */
const shortestWaitMs = 1

/**
 * How often something may be done that costs time: the first time at once, then so that it takes at most a fifth of the
 * time, between the two bounds. A pair of people feels nothing; a crowd, whose turns cost more, costs less.
 */
export class Pace {
  readonly #shortestMs: number
  readonly #longestMs: number
  #cost = 0
  #started = Number.NEGATIVE_INFINITY

  constructor(shortestMs: number, longestMs: number) {
    this.#shortestMs = shortestMs
    this.#longestMs = longestMs
  }

  /** From one start to the next, in milliseconds. */
  get windowMs(): number {
    return Math.min(Math.max(this.#cost * share, this.#shortestMs), this.#longestMs)
  }

  /** When it was last done, of `performance.now()`. */
  get last(): number {
    return this.#started
  }

  /** Milliseconds until it may be done again; 0: now. */
  wait(now: number): number {
    const left = this.#started + this.windowMs - now
    return left < shortestWaitMs ? 0 : Math.floor(left)
  }

  /** It was done from `start` to `end`, of `performance.now()`. */
  done(start: number, end: number): void {
    this.#cost += (end - start - this.#cost) * newest
    this.#started = start
  }
}
