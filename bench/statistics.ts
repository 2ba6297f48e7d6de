/** The middle of the values; of an even number the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  const upper = sorted[Math.floor(half)] ?? Number.NaN
  if (!Number.isInteger(half)) return upper
  return (upper + (sorted[half - 1] ?? Number.NaN)) / 2
}

/** Milliseconds in steps of 0.01 up to 60 s; longer ones count as 60 s. Adding is cheap enough for millions. */
export class Histogram {
  readonly #buckets = new Uint32Array(6_000_001)
  #count = 0
  #largest = 0

  get count(): number {
    return this.#count
  }

  add(milliseconds: number): void {
    const bucket = Math.min(Math.max(Math.round(milliseconds * 100), 0), this.#buckets.length - 1)
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
    this.#count += 1
    if (bucket > this.#largest) this.#largest = bucket
  }

  clear(): void {
    this.#buckets.fill(0)
    this.#count = 0
    this.#largest = 0
  }

  /** The smallest value that at least `share` (0 to 1) of all are not above. NaN of none. */
  percentile(share: number): number {
    let left = Math.ceil(this.#count * share)
    if (this.#count === 0) return Number.NaN
    for (let bucket = 0; bucket <= this.#largest; bucket += 1) {
      left -= this.#buckets[bucket] ?? 0
      if (left <= 0) return bucket / 100
    }
    return this.#largest / 100
  }
}
