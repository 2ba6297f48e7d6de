import type { Acknowledgements, Acknowledging } from "./acknowledgements.ts"
import { frameOf } from "./frame.ts"
import { Ledger } from "./ledger.ts"
import type { Outbox } from "./outbox.ts"
import type { Room } from "./room.ts"

/** What a client asked to be told of durability: nothing, the count, or the count and the host's report. */
export type DurableLevel = 0 | 1 | 2

/** What one client sent, and what it is told of that. */
export class Receipts implements Acknowledging {
  readonly #level: DurableLevel
  readonly #room: Room
  readonly #outbox: Outbox
  readonly #acknowledgements: Acknowledgements
  readonly #ledger = new Ledger()
  /** Messages that the room has neither applied nor rejected yet. */
  #inInbox = 0
  #isToldSoon = false

  constructor(options: {
    level: DurableLevel
    room: Room
    outbox: Outbox
    acknowledgements: Acknowledgements
  }) {
    this.#level = options.level
    this.#room = options.room
    this.#outbox = options.outbox
    this.#acknowledgements = options.acknowledgements
  }

  /** Whether the client knows our extensions: it asked for one. */
  get isWanted(): boolean {
    return this.#level > 0
  }

  /** Whether a message is not on disk yet. */
  get isWaiting(): boolean {
    return this.#inInbox > 0 || this.#ledger.isWaiting
  }

  /** Whether the room has yet to say of a message what becomes of it. */
  get isInInbox(): boolean {
    return this.#inInbox > 0
  }

  /** A message is about to be given to the room. */
  given(): void {
    this.#inInbox += 1
  }

  /** A message that holds nothing came, and none is in the room's inbox. */
  empty(): void {
    if (this.#ledger.recordEmpty()) this.tellSoon()
  }

  applied(sequence: number): void {
    this.#inInbox -= 1
    this.#ledger.record(sequence)
    // A duplicate that is on disk already will not be settled by a later commit.
    if (this.#ledger.settle(this.#room.durableSequence)) this.tellSoon()
  }

  rejected(): void {
    this.#inInbox -= 1
  }

  /** Everything up to `sequence` is on disk. True: nothing waits for that any more. */
  durable(sequence: number): boolean {
    if (this.#ledger.settle(sequence)) this.tellSoon()
    return !this.#ledger.isWaiting
  }

  hostChanged(): void {
    if (this.#level === 2) this.tellSoon()
  }

  /** The client is told at the end of the turn, with whatever is true by then. */
  tellSoon(): void {
    if (this.#level === 0 || this.#isToldSoon) return
    this.#isToldSoon = true
    this.#acknowledgements.add(this)
  }

  tell(): void {
    this.#isToldSoon = false
    const host = this.#level === 2 ? this.#room.host : null
    this.#outbox.send(frameOf({ type: "durable", count: this.#ledger.durable, host }))
  }
}
