/** Random numbers that the same seed gives again (mulberry32), so that a failure can be repeated from what it printed. */
export class SeededRandom {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** 0 up to, but not, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }

  /** A whole number from 0 up to, but not, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }

  /** @throws RangeError when there is nothing to choose from */
  oneOf<T>(choices: readonly T[]): T {
    const index = this.below(choices.length)
    const choice = choices[index]
    if (choice === undefined) throw new RangeError("There is nothing to choose from")
    return choice
  }

  /** One that goes on by itself: what others draw meanwhile, in whatever order, changes nothing for it. */
  fork(): SeededRandom {
    return new SeededRandom(this.below(0x1_0000_0000))
  }
}

export function freshSeed(): number {
  return Math.floor(Math.random() * 2 ** 31)
}
