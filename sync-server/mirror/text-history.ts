import { changedLength, changesBetween } from "./text-diff.ts"

interface Past {
  text: string
  /** When it was last known to be in the file: milliseconds, of a clock that only goes forward. */
  at: number
  isConfirmed: boolean
  /** Another program has changed the file since. */
  isOutdated: boolean
}

/**
 * A text that comes back as it was, so soon after it was replaced, was read before and written after by a program that
 * had nothing to change. Later, somebody wants it back (`git checkout`).
 */
const staleMs = 3_000
const mostTexts = 64
const mostUnits = 16 * 1024 * 1024
/** Comparing the candidates costs about a second for so many units. */
const mostComparedUnits = 8 * 1024 * 1024

/**
 * The texts that the file had lately. The base of an outside edit is the text that the other program had read, which need
 * not be the last one: while people type, the mirror writes every few hundred milliseconds, and a program that read before
 * such a write and wrote after it must not take back what the write brought.
 */
export class TextHistory {
  #past: Past[] = []
  readonly #clock: () => number

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock
  }

  /**
   * Another program put the text into the file. What it took away on purpose may come back the same way (`git stash pop`),
   * so older texts are no base any more, save for a program that is in the middle of something.
   */
  addOutside(text: string): void {
    this.add(text)
    for (const past of this.#past) past.isOutdated = past.text !== text
  }

  /** The text is in the file. */
  add(text: string): void {
    this.#supersede()
    this.#push({ text, at: this.#clock(), isConfirmed: true, isOutdated: false })
  }

  /** The text was in the file in an earlier run. */
  addOld(text: string): void {
    this.#push({ text, at: Number.NEGATIVE_INFINITY, isConfirmed: true, isOutdated: false })
  }

  /** The text is about to be written; whether it will be in the file is only known afterwards. */
  attempt(text: string): void {
    this.#past = this.#past.filter(({ isConfirmed }) => isConfirmed)
    this.#push({ text, at: this.#clock(), isConfirmed: false, isOutdated: false })
  }

  /** What was attempted last is in the file. */
  confirm(): void {
    this.#supersede()
  }

  /** What was attempted last is certainly not in the file. */
  withdraw(): void {
    this.#past = this.#past.filter(({ isConfirmed }) => isConfirmed)
  }

  /** Whether a text was attempted, and it is not known how that ended. */
  get isInDoubt(): boolean {
    return this.#past.some(({ isConfirmed }) => !isConfirmed)
  }

  /**
   * The text that a program had read before it wrote `disk`; equal to `disk` when there is nothing to merge.
   * Null: nothing is known.
   */
  baseOf(disk: string): string | null {
    const last = this.#past.at(-1)
    if (last === undefined) return null
    const candidates = this.#candidates()
    const same = candidates.findLast(({ text }) => text === disk)
    if (same !== undefined) {
      const isOwn = !same.isConfirmed || this.#clock() - same.at < staleMs
      return isOwn ? disk : this.#lastConfirmed()
    }
    return nearest(candidates, disk)
  }

  #candidates(): Past[] {
    const since = this.#clock() - staleMs
    return this.#past.filter(({ isOutdated, at }) => !isOutdated || at > since)
  }

  #lastConfirmed(): string | null {
    return this.#past.findLast(({ isConfirmed }) => isConfirmed)?.text ?? null
  }

  /** The text that was in the file until now could be read until now. */
  #supersede(): void {
    const now = this.#clock()
    const current = this.#past.findLast(({ isConfirmed }) => isConfirmed)
    if (current !== undefined) current.at = now
    for (const past of this.#past) {
      if (!past.isConfirmed) past.at = now
      past.isConfirmed = true
    }
  }

  #push(past: Past): void {
    this.#past = [...this.#past.filter(({ text }) => text !== past.text), past].slice(-mostTexts)
    let units = this.#past.reduce((sum, { text }) => sum + text.length, 0)
    // The last two stay however long they are: the one in the file, and the one that a program may have read before it.
    while (this.#past.length > 2 && units > mostUnits) units -= this.#past.shift()?.text.length ?? 0
  }
}

/** The newest of the nearest. */
function nearest(candidates: readonly Past[], disk: string): string | null {
  let best: { text: string; distance: number } | null = null
  let compared = 0
  for (const { text } of candidates.toReversed()) {
    // The lengths alone say that so much must have changed.
    if (best !== null && Math.abs(text.length - disk.length) >= best.distance) continue
    if (best !== null && compared + text.length > mostComparedUnits) break
    compared += text.length
    const distance = changedLength(changesBetween(text, disk))
    if (best === null || distance < best.distance) best = { text, distance }
  }
  return best?.text ?? null
}
