import * as Y from "yjs"
import {
  type Message,
  readAwarenessEntries,
  readMessages,
  writeAwarenessEntries,
  writeMessage,
} from "../../protocol/message.ts"
import type { SeededRandom } from "./seeded-random.ts"

const longestRandomFrame = 200
/** More of these at once prove nothing more. */
const longestRun = 50

/** Makes messages that no honest client sends: noise, whole messages cut off or with bytes changed, numbers without end. */
export class FrameForge {
  readonly #random: SeededRandom
  readonly #honest: Uint8Array[]

  constructor(random: SeededRandom) {
    this.#random = random
    const doc = new Y.Doc()
    doc.getText("attack").insert(0, "a text of the attacker's own, so that a lucky forgery harms nobody")
    const update = Y.encodeStateAsUpdate(doc)
    const entry = { clientId: doc.clientID, clock: 1, state: { user: { name: "Mallory" } } }
    this.#honest = [
      writeMessage({ type: "sync-step-1", stateVector: Y.encodeStateVector(doc) }),
      writeMessage({ type: "sync-step-2", update }),
      writeMessage({ type: "update", update }),
      writeMessage({ type: "awareness", update: writeAwarenessEntries([entry]) }),
      writeMessage({ type: "query-awareness" }),
    ]
    doc.destroy()
  }

  /** Messages of which only the last may be such that the server ends the connection, so that it looks at all of them. */
  run(): Uint8Array[] {
    const frames: Uint8Array[] = []
    do frames.push(this.frame())
    while (frames.length < longestRun && isBorne(frames.at(-1)))
    return frames
  }

  frame(): Uint8Array {
    switch (this.#random.below(5)) {
      case 0:
        return this.#random.bytes(this.#random.below(longestRandomFrame))
      case 1:
        return this.#cut(this.#random.oneOf(this.#honest))
      case 2:
        return this.#bent(this.#random.oneOf(this.#honest))
      case 3:
        return this.#boast()
      default:
        return Uint8Array.of(this.#random.below(5), this.#random.below(3), ...new Uint8Array(12).fill(0xff))
    }
  }

  #cut(frame: Uint8Array): Uint8Array {
    return frame.subarray(0, this.#random.below(frame.length))
  }

  /** An update that says it has up to some millions of structs, for the first client or the second, and has none. */
  #boast(): Uint8Array {
    const many = [
      this.#random.below(128) | 128,
      this.#random.below(128) | 128,
      this.#random.below(128) | 128,
      1 + this.#random.below(15),
    ]
    const client = this.#random.below(128)
    const update =
      this.#random.below(2) === 0 ? [1, ...many, client, 0] : [2, 1, client, 0, 0, 1, ...many, client, 0]
    return writeMessage({ type: "update", update: Uint8Array.from(update) })
  }

  #bent(frame: Uint8Array): Uint8Array {
    const bent = Uint8Array.from(frame)
    for (let count = 1 + this.#random.below(3); count > 0; count -= 1) {
      bent[this.#random.below(bent.length)] = this.#random.below(256)
    }
    return bent
  }
}

/** Whether the server goes on after it, for sure: what Yjs makes of an update is not asked here. */
function isBorne(frame: Uint8Array | undefined): boolean {
  if (frame === undefined) return false
  try {
    return readMessages(frame).every(isHarmless)
  } catch {
    return false
  }
}

function isHarmless(message: Message): boolean {
  switch (message.type) {
    case "sync-step-1":
      Y.decodeStateVector(message.stateVector)
      return true
    case "awareness":
      readAwarenessEntries(message.update)
      return true
    case "sync-step-2":
    case "update":
      return false
    default:
      return true
  }
}
