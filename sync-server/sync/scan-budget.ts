import { AppError } from "../../protocol/errors.ts"

/** Structs of a document that may be looked through at once. Yjs takes half a microsecond for each: two seconds. */
export const scansAtOnce = 4_000_000
/** So many more with every second: a hundredth of the time. */
export const scansPerSecond = 20_000
/** Where more than this many structs are looked through for one, everybody who opens the document has to do it again; */
export const dearScan = 1_000
/** so these are counted for good. Ten seconds. */
export const dearScans = 20_000_000

/**
 * What may be spent on finding the places of what was written without knowledge of the rest. What somebody typed in a row
 * is looked for once, however long it is, and seldom among more than a few; but a client may write as many structs as it likes that
 * are each looked for among all others.
 */
export class ScanBudget {
  readonly #now: () => number
  #atOnce = scansAtOnce
  #toppedUp: number
  #dear = dearScans
  #isLoading = false

  /** `now` is in milliseconds; it is for tests. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#toppedUp = now()
  }

  /** What is stored was taken once, so it is read whatever it costs; but it counts. */
  whileLoading(load: () => void): void {
    this.#isLoading = true
    try {
      load()
    } finally {
      this.#isLoading = false
    }
  }

  /** More structs than this need not be counted. */
  get most(): number {
    return this.#isLoading ? Number.POSITIVE_INFINITY : scansAtOnce
  }

  /** To be asked before so many structs are looked through for one. @throws AppError MERGE_LATER, MERGE_LIMIT */
  spend(structs: number): void {
    const isDear = structs > dearScan
    if (!this.#isLoading) {
      if (isDear && structs > this.#dear)
        throw new AppError(
          "MERGE_LIMIT",
          "A change was made without knowledge of more of this document than can be merged; it stays where it was made",
        )
      this.#topUp()
      if (structs > this.#atOnce)
        throw new AppError(
          "MERGE_LATER",
          "Merging what was written takes long; the rest is taken a little later",
        )
      this.#atOnce -= structs
    }
    if (isDear) this.#dear -= structs
  }

  #topUp(): void {
    const now = this.#now()
    const more = ((now - this.#toppedUp) / 1000) * scansPerSecond
    this.#atOnce = Math.min(scansAtOnce, this.#atOnce + more)
    this.#toppedUp = now
  }
}
