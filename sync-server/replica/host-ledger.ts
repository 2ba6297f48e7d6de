/** Messages that the host has not confirmed are told apart up to this many; a host that is stuck costs no more memory. */
const inFlightLimit = 1_000

interface InFlight {
  /** Its place among the sync messages of this connection, from 1. */
  count: number
  /** With those before it, it brings everything up to this sequence of the room. */
  sequence: number
  /** How many changes wait for it. */
  changes: number
}

/**
 * What of a room is on the host's disk. The host says how many of a connection's sync messages are; this knows up to
 * which sequence of the room each of them reached when it was sent, and how many changes wait.
 *
 * A change that came from the host counts only when a message that was sent after it is confirmed: the host passes
 * changes on before they are on its own disk.
 */
export class HostLedger {
  #unsent = 0
  #sent = 0
  #reached = -1
  #confirmed = -1
  #inFlight: InFlight[] = []
  #inFlightChanges = 0

  /** Changes from below that are not known to be on the host's disk. */
  get waiting(): number {
    return this.#unsent + this.#inFlightChanges
  }

  /** Messages that the host has not confirmed. */
  get inFlight(): number {
    return this.#inFlight.length
  }

  /** Everything up to this sequence went to the host on this connection; -1 before the first message. */
  get reached(): number {
    return this.#reached
  }

  /** Whether everything up to `sequence` is on the host's disk. */
  holds(sequence: number): boolean {
    return this.waiting === 0 && this.#confirmed >= sequence
  }

  /** A change from below that the next message is to bring. */
  add(): void {
    this.#unsent += 1
  }

  /** There are changes that nobody counted: those of an earlier run. */
  addUnknown(): void {
    this.#unsent = Math.max(1, this.#unsent)
  }

  /** A message was sent that brings everything which the host lacks of the room up to `sequence`. */
  brought(sequence: number): void {
    this.#record(sequence, this.#unsent)
    this.#unsent = 0
  }

  /** A message without content was sent: its confirmation says that what the host had by then is on its disk. */
  asked(sequence: number): void {
    this.#record(sequence, 0)
  }

  /** The host has the first `count` messages of this connection on disk. */
  confirm(count: number): void {
    let settled = 0
    for (const entry of this.#inFlight) {
      if (entry.count > count) break
      this.#confirmed = entry.sequence
      this.#inFlightChanges -= entry.changes
      settled += 1
    }
    this.#inFlight.splice(0, settled)
  }

  /** The connection is gone: what it did not confirm has to be brought again, and what it did, the host says anew. */
  disconnect(): void {
    this.#unsent = this.waiting
    this.#inFlight = []
    this.#inFlightChanges = 0
    this.#sent = 0
    this.#reached = -1
    this.#confirmed = -1
  }

  #record(sequence: number, changes: number): void {
    this.#sent += 1
    this.#inFlightChanges += changes
    this.#reached = Math.max(this.#reached, sequence)
    const last = this.#inFlight.at(-1)
    if (last !== undefined && this.#inFlight.length >= inFlightLimit) {
      last.count = this.#sent
      last.sequence = this.#reached
      last.changes += changes
    } else {
      this.#inFlight.push({ count: this.#sent, sequence: this.#reached, changes })
    }
  }
}
