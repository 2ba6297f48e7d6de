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

/** Who asked, and what it takes to answer. */
export interface Asker {
  room: Room
  outbox: Outbox
  /** The client reads compressed frames. */
  inflates: boolean
  meter: ClientMeter
  owner: OutboxOwner
}

/**
 * Answers a client's step 1 with what it lacks, in as few bytes as can be. What is returned waits for the client's own
 * step 2; null: it is answered, or will be without anybody's doing.
 * @throws AppError FRAME_TRUNCATED
 */
export function answerStepOne(asker: Asker, stateVector: Uint8Array): HeldAnswer | null {
  const { room, outbox } = asker
  if (isEmpty(stateVector)) {
    room.firstFrame((frame) => sendFirst(asker, frame))
  } else if (outbox.isBehind) {
    outbox.answerLater(checked(stateVector))
  } else if (room.deletionBytes > mostDeletionBytes) {
    return new HeldAnswer(asker, checked(stateVector))
  } else {
    outbox.answer(stateVector, room.missingFrame(stateVector, null))
  }
  return null
}

/** An answer that waits for what the client will say it has deleted. */
export class HeldAnswer {
  readonly #asker: Asker
  readonly #stateVector: Uint8Array
  readonly #timer: NodeJS.Timeout

  constructor(asker: Asker, stateVector: Uint8Array) {
    this.#asker = asker
    this.#stateVector = stateVector
    this.#timer = setTimeout(() => this.#giveUp(), longestWaitMs)
  }

  /** The client's step 2 is here. Called at most once. @throws AppError FRAME_TRUNCATED */
  answer(known: Uint8Array): void {
    this.cancel()
    this.#send(known)
  }

  /** It is not needed any more. */
  cancel(): void {
    clearTimeout(this.#timer)
  }

  #giveUp(): void {
    try {
      this.#send(null)
    } catch (error) {
      this.#asker.owner.unanswerable(error)
    }
  }

  #send(known: Uint8Array | null): void {
    const { room, outbox } = this.#asker
    outbox.answer(this.#stateVector, room.missingFrame(this.#stateVector, known))
  }
}

function sendFirst(asker: Asker, frame: Buffer): void {
  const send = (sent: Buffer, { isCompressed }: { isCompressed: boolean }) => {
    asker.meter.firstState({ bytes: sent.length, isCompressed })
    asker.outbox.answer(emptyStateVector, sent)
  }
  if (!asker.inflates || frame.length < smallestCompressed) {
    send(frame, { isCompressed: false })
    return
  }
  compressedFrame(frame).then(
    (compressed) => send(compressed, { isCompressed: compressed !== frame }),
    (error: unknown) => asker.owner.unanswerable(error),
  )
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
