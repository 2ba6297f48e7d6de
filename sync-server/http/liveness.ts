/** A turn of the event loop that takes longer than this is late. */
const lateMs = 1_000
/** So far back it is looked. */
const windowMs = 10_000
/** One long turn is forgotten, however long it was: whoever asks meanwhile sees it for himself. */
const stuckTurns = 2
/** Late turns that together take so much of the window leave too little of it to serve anybody. */
const stuckMs = windowMs / 2

/**
 * Whether the event loop turns often enough. It counts time, not turns: between two turns of seconds there may be a
 * hundred short ones, and the server is no use all the same.
 */
export class Liveness {
  #late: { ended: number; milliseconds: number }[] = []

  /** A turn has ended `now` (a clock that only goes forward, in milliseconds). */
  note(milliseconds: number, now: number): void {
    if (milliseconds <= lateMs) return
    this.#forget(now)
    this.#late.push({ ended: now, milliseconds })
  }

  /** Null while the event loop is well; else a sentence about it. */
  stuck(now: number): string | null {
    this.#forget(now)
    if (this.#late.length < stuckTurns) return null
    const start = now - windowMs
    const blocked = this.#late.reduce(
      (sum, { ended, milliseconds }) => sum + Math.min(milliseconds, ended - start),
      0,
    )
    if (blocked < stuckMs) return null
    return `The event loop stood still for ${seconds(blocked)} of the last ${seconds(windowMs)} s`
  }

  #forget(now: number): void {
    this.#late = this.#late.filter(({ ended }) => ended > now - windowMs)
  }
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(0)
}
