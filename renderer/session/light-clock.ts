import { type Light, type LightInput, light, nextLightChange } from "./light.ts"

// A timer may fire a millisecond early; and nothing is that urgent.
const grace = 5
const longestTimer = 2 ** 31 - 1

/**
 * Keeps a light up to date between events: it works the light out again when one of its deadlines passes. One owner
 * feeds it with `update` and ends it with `stop`. Fits `useSyncExternalStore`.
 */
export class LightClock {
  readonly #now: () => number
  readonly #listeners = new Set<() => void>()
  #facts: Omit<LightInput, "now">
  #light: Light
  #timer: ReturnType<typeof setTimeout> | null = null

  /** `now` gives milliseconds since 1970. */
  constructor(facts: Omit<LightInput, "now">, now: () => number = Date.now) {
    this.#now = now
    this.#facts = facts
    this.#light = light({ ...facts, now: now() })
    this.#arm()
  }

  readonly snapshot = (): Light => this.#light

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  update(facts: Omit<LightInput, "now">): void {
    this.#facts = facts
    this.#look()
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#listeners.clear()
  }

  readonly #look = (): void => {
    const next = light({ ...this.#facts, now: this.#now() })
    this.#arm()
    if (sameLight(next, this.#light)) return
    this.#light = next
    for (const listener of [...this.#listeners]) listener()
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    const now = this.#now()
    const next = nextLightChange({ ...this.#facts, now })
    this.#timer = next === null ? null : setTimeout(this.#look, Math.min(next - now + grace, longestTimer))
  }
}

function sameLight(a: Light, b: Light): boolean {
  return a.words === b.words && a.sentence === b.sentence && a.shape === b.shape && a.tone === b.tone
}
