/**
 * Exponential backoff with full jitter: any time from now to the bound, which doubles at every try. So the guests of a
 * host that comes back do not all come back at once.
 */
export class Backoff {
  readonly #baseMs: number
  readonly #capMs: number
  readonly #random: () => number
  #tries = 0

  /** `random` gives numbers from 0 to 1, as Math.random does. */
  constructor(options: { baseMs: number; capMs: number; random?: () => number }) {
    this.#baseMs = options.baseMs
    this.#capMs = options.capMs
    this.#random = options.random ?? Math.random
  }

  /** Milliseconds to wait before the next try. */
  next(): number {
    const bound = Math.min(this.#capMs, this.#baseMs * 2 ** this.#tries)
    this.#tries += 1
    return this.#random() * bound
  }

  reset(): void {
    this.#tries = 0
  }
}
