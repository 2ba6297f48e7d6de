import type { Socket } from "node:net"
import { awarenessFrames } from "./awareness-frames.ts"
import type { ClientSocket } from "./client-socket.ts"
import { frameOf, frameOfPayload } from "./frame.ts"
import type { Room } from "./room.ts"

/**
 * With this many bytes in its socket, beyond the document that it asked for, a reader is left behind: it gets no more
 * updates, and one difference when it has drained.
 */
const slowReaderBytes = 1024 * 1024

/** Who is told how its reader does. */
export interface OutboxOwner {
  leftBehind(): void
  /** The reader has everything again that was said to the room; what is said to it alone may be said now. */
  caughtUp(): void
  /** The document cannot be read. */
  unanswerable(error: unknown): void
}

/** A reader that is left behind. */
interface Behind {
  /** What it will have once its socket has drained. */
  stateVector: Uint8Array
  /** It sent a step 1 meanwhile, and waits for a step 2. */
  asked: boolean
}

/**
 * The writing half of a connection. Frames go straight to the net socket below `ws`: that one compresses nothing, so it
 * writes its own frames (ping, pong, close) whole and at once, and none lands inside another.
 */
export class Outbox {
  readonly #socket: ClientSocket
  readonly #stream: Socket
  readonly #room: Room
  readonly #owner: OutboxOwner
  /** What was answered to step 1 may wait in the socket on top of the rest, once. */
  #answerBytes = 0
  #behind: Behind | null = null
  #wrote = false

  constructor(options: { socket: ClientSocket; stream: Socket; room: Room; owner: OutboxOwner }) {
    this.#socket = options.socket
    this.#stream = options.stream
    this.#room = options.room
    this.#owner = options.owner
  }

  get isBehind(): boolean {
    return this.#behind !== null
  }

  /** Writes whole frames. A reader that is left behind does not get them: it will be told what is true when it has caught up. */
  send(frames: Buffer): void {
    if (this.#behind !== null) return
    this.#write(frames)
    if (this.#stream.writableLength > slowReaderBytes + this.#answerBytes) this.#leaveBehind()
  }

  /** Answers a step 1 that came with this state vector. */
  answer(stateVector: Uint8Array, frame: Buffer): void {
    if (this.#behind !== null) {
      this.answerLater(stateVector)
      return
    }
    this.#answerBytes = Math.max(this.#answerBytes, frame.length)
    this.send(frame)
  }

  /** The difference that a reader who is left behind will get is made from this state vector, and answers its step 1. */
  answerLater(stateVector: Uint8Array): void {
    if (this.#behind !== null) this.#behind = { stateVector, asked: true }
  }

  sendAwareness(): void {
    for (const payload of awarenessFrames(this.#room.awarenessEntries())) this.send(frameOfPayload(payload))
  }

  /** Whether anything was sent since the last call. */
  takeWrote(): boolean {
    const wrote = this.#wrote
    this.#wrote = false
    return wrote
  }

  #write(frames: Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#wrote = true
    this.#stream.write(frames)
  }

  #leaveBehind(): void {
    this.#behind = { stateVector: this.#room.stateVector(), asked: false }
    this.#stream.once("drain", () => this.#catchUp())
    this.#owner.leftBehind()
  }

  #catchUp(): void {
    if (this.#behind === null || this.#socket.readyState !== this.#socket.OPEN) return
    const { stateVector, asked } = this.#behind
    this.#behind = null
    try {
      const update = this.#room.missing(stateVector, null)
      this.answer(stateVector, frameOf({ type: asked ? "sync-step-2" : "update", update }))
      this.sendAwareness()
    } catch (error) {
      this.#owner.unanswerable(error)
      return
    }
    this.#owner.caughtUp()
  }
}
