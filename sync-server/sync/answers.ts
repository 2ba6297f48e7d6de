import * as Y from "yjs"
import { AppError } from "../../protocol/errors.ts"
import type { ClientMeter } from "./client-meter.ts"
import { compressedFrame, smallestCompressed } from "./deflate.ts"
import type { Outbox, OutboxOwner } from "./outbox.ts"
import type { Room } from "./room.ts"

/** A state vector says nothing of deletions, so every answer would carry all of them. Where they take more than this ... */
const mostDeletionBytes = 512
/** ... the answer waits for the peer's own step 2, from which its deletions are known; so long, then it goes out all the same. */
const longestWaitMs = 1_000

/** What a newcomer's step 1 says: nothing of anybody. */
const emptyStateVector = Uint8Array.of(0)

/** Answers one client's step 1 with what it lacks, in as few bytes as can be. */
export class Answers {
  readonly #room: Room
  readonly #outbox: Outbox
  readonly #inflates: boolean
  readonly #meter: ClientMeter
  readonly #owner: OutboxOwner
  #held: { stateVector: Uint8Array; timer: NodeJS.Timeout } | null = null

  constructor(options: {
    room: Room
    outbox: Outbox
    /** The client reads compressed frames. */
    inflates: boolean
    meter: ClientMeter
    owner: OutboxOwner
  }) {
    this.#room = options.room
    this.#outbox = options.outbox
    this.#inflates = options.inflates
    this.#meter = options.meter
    this.#owner = options.owner
  }

  /** @throws AppError FRAME_TRUNCATED */
  stepOne(stateVector: Uint8Array): void {
    this.close()
    if (isEmpty(stateVector)) {
      this.#room.firstFrame((frame) => this.#first(frame))
    } else if (this.#outbox.isBehind) {
      this.#outbox.answerLater(checked(stateVector))
    } else if (this.#room.deletionBytes > mostDeletionBytes) {
      this.#hold(checked(stateVector))
    } else {
      this.#outbox.answer(stateVector, this.#room.missingFrame(stateVector, null))
    }
  }

  /** The client's own step 2, which tells its deletions. @throws AppError FRAME_TRUNCATED */
  stepTwo(update: Uint8Array): void {
    const stateVector = this.#held?.stateVector
    if (stateVector === undefined) return
    this.close()
    this.#outbox.answer(stateVector, this.#room.missingFrame(stateVector, update))
  }

  /** An answer that waits is not given any more. */
  close(): void {
    if (this.#held !== null) clearTimeout(this.#held.timer)
    this.#held = null
  }

  #hold(stateVector: Uint8Array): void {
    const timer = setTimeout(() => {
      this.#held = null
      try {
        this.#outbox.answer(stateVector, this.#room.missingFrame(stateVector, null))
      } catch (error) {
        this.#owner.unanswerable(error)
      }
    }, longestWaitMs)
    this.#held = { stateVector, timer }
  }

  #first(frame: Buffer): void {
    if (!this.#inflates || frame.length < smallestCompressed) {
      this.#giveFirst(frame, { isCompressed: false })
      return
    }
    compressedFrame(frame).then(
      (compressed) => this.#giveFirst(compressed, { isCompressed: compressed !== frame }),
      (error: unknown) => this.#owner.unanswerable(error),
    )
  }

  #giveFirst(frame: Buffer, { isCompressed }: { isCompressed: boolean }): void {
    this.#meter.firstState({ bytes: frame.length, isCompressed })
    this.#outbox.answer(emptyStateVector, frame)
  }
}

function isEmpty(stateVector: Uint8Array): boolean {
  return stateVector.length === 0 || (stateVector.length === 1 && stateVector[0] === 0)
}

/** @throws AppError FRAME_TRUNCATED */
function checked(stateVector: Uint8Array): Uint8Array {
  try {
    Y.decodeStateVector(stateVector)
  } catch (cause) {
    throw new AppError("FRAME_TRUNCATED", "This is not a state vector", { cause })
  }
  return stateVector
}
