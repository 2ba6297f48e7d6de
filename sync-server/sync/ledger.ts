interface Waiting {
  count: number
  sequence: number
}

/**
 * Which of a connection's sync messages are on disk. Messages are counted from 1 in the order in which they came;
 * each belongs to the room's sequence that holds it, and sequences only grow, so the count moves without gaps.
 */
export class Ledger {
  #received = 0
  #durable = 0
  /** Null while nothing waits: most of those who are connected only read. */
  #waiting: Waiting[] | null = null

  /** The first `durable` messages are on disk. */
  get durable(): number {
    return this.#durable
  }

  /** Whether a message is not on disk yet. */
  get isWaiting(): boolean {
    return this.#waiting !== null
  }

  /** The next message is held by the room's log up to `sequence`. */
  record(sequence: number): void {
    this.#received += 1
    const last = this.#waiting?.at(-1)
    if (last?.sequence === sequence) last.count = this.#received
    else if (this.#waiting !== null) this.#waiting.push({ count: this.#received, sequence })
    else this.#waiting = [{ count: this.#received, sequence }]
  }

  /** The next message holds nothing: it is on disk once those before it are. True when the count moved. */
  recordEmpty(): boolean {
    this.#received += 1
    const last = this.#waiting?.at(-1)
    if (last !== undefined) {
      last.count = this.#received
      return false
    }
    this.#durable = this.#received
    return true
  }

  /** The room's log is on disk up to `sequence`. True when the count moved. */
  settle(sequence: number): boolean {
    if (this.#waiting === null) return false
    let settled = 0
    for (const entry of this.#waiting) {
      if (entry.sequence > sequence) break
      this.#durable = entry.count
      settled += 1
    }
    if (settled === this.#waiting.length) this.#waiting = null
    else if (settled > 0) this.#waiting.splice(0, settled)
    return settled > 0
  }
}
