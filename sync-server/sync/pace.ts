/** How much the last cost counts against those before: a crowd that comes or leaves is noticed within a few turns. */
const newest = 0.25
/** Timers fire a millisecond late; waiting for less would only make the next one later, and so on. */
const shortestWaitMs = 1

/** From one start to the next, in milliseconds, given what one turn costs. */
export type Window = (costMs: number) => number

/**
 * How often something may be done that costs time: the first time at once, then as often as its cost allows. A pair of people
 * feels nothing; a crowd, whose turns cost more, costs less.
 */
export class Pace {
  readonly #window: Window
  #cost = 0
  #started = Number.NEGATIVE_INFINITY

  constructor(window: Window) {
    this.#window = window
  }

  get windowMs(): number {
    return this.#window(this.#cost)
  }

  /** When it was last done, of `performance.now()`. */
  get last(): number {
    return this.#started
  }

  /** Milliseconds until it may be done again; 0: now. Where nothing is in a hurry, the window is `leastMs` at least. */
  wait(now: number, leastMs = 0): number {
    const left = this.#started + Math.max(this.windowMs, leastMs) - now
    return left < shortestWaitMs ? 0 : Math.floor(left)
  }

  /** It was done at `start`, of `performance.now()`, and cost so much. */
  done(start: number, costMs: number): void {
    this.#cost += (costMs - this.#cost) * newest
    this.#started = start
  }
}
