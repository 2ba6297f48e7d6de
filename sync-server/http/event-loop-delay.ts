/** Rare enough to cost a sleeping laptop nothing, often enough to see a turn of a second. */
const everyMs = 250

/** Looks at the event loop from inside: how far apart the turns are in which a timer fires that wants to fire often. */
export class EventLoopDelay {
  readonly #timer: NodeJS.Timeout
  #last = performance.now()

  /**
   * `note` is called after every look: `turn` is the longest that a turn since the last look can have taken, `delay` how
   * much later than wanted this look came; both in milliseconds.
   */
  constructor(note: (look: { turn: number; delay: number; now: number }) => void) {
    this.#timer = setInterval(() => {
      const now = performance.now()
      const turn = now - this.#last
      this.#last = now
      note({ turn, delay: Math.max(0, turn - everyMs), now })
    }, everyMs).unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
