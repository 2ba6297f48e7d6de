/** How values spread over buckets: as cheap as an array, so that it can be told anything that happens often. */
export class Distribution {
  /** Upper bounds, ascending; what is above the last is only in `sum` and `count`. */
  readonly bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0
  #count = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.#counts = bounds.map(() => 0)
  }

  get sum(): number {
    return this.#sum
  }

  get count(): number {
    return this.#count
  }

  observe(value: number): void {
    this.#sum += value
    this.#count += 1
    let bucket = 0
    for (const bound of this.bounds) {
      if (value <= bound) {
        this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
        return
      }
      bucket += 1
    }
  }

  /** For each bound how many values were at most that. */
  cumulative(): { bound: number; count: number }[] {
    let count = 0
    return this.bounds.map((bound, bucket) => {
      count += this.#counts[bucket] ?? 0
      return { bound, count }
    })
  }
}
