import { WebSocket } from "ws"
import * as Y from "yjs"
import { type AwarenessEntry, writeMessage } from "../../protocol/message.ts"
import { awarenessFrames } from "../sync/awareness-frames.ts"

/**
 * An open connection to the host. What waits in its socket is bounded: past the limit it takes nothing more, and when
 * the socket has drained, the host gets one difference from what it was given, and the last word of each client.
 */
export class HostSession {
  readonly socket: WebSocket
  /** The place of the host's step 2 among all that was given to the room; null until it came. */
  stepTwo: number | null = null
  readonly #doc: Y.Doc
  readonly #bufferBytes: number
  readonly #onCaughtUp: () => void
  /** Set while the socket has too much to send: the state vector of what it was given. */
  #behind: Uint8Array | null = null
  readonly #heldAwareness = new Map<number, AwarenessEntry>()

  constructor(options: {
    socket: WebSocket
    doc: Y.Doc
    bufferBytes: number
    /** One message was sent that brings all which was held back. */
    onCaughtUp: () => void
  }) {
    this.socket = options.socket
    this.#doc = options.doc
    this.#bufferBytes = options.bufferBytes
    this.#onCaughtUp = options.onCaughtUp
  }

  /** Whether changes are left to the difference that is sent later. */
  get isBehind(): boolean {
    return this.#behind !== null
  }

  /** Sends a step 2 or an update. */
  send(frame: Uint8Array): void {
    this.socket.send(frame, () => this.#drained())
    if (this.socket.bufferedAmount > this.#bufferBytes) this.#behind ??= Y.encodeStateVector(this.#doc)
  }

  sendAwareness(entries: readonly AwarenessEntry[]): void {
    if (this.isBehind) {
      for (const entry of entries) this.#heldAwareness.set(entry.clientId, entry)
      return
    }
    for (const frame of awarenessFrames(entries)) this.socket.send(frame)
  }

  #drained(): void {
    const isOpen = this.socket.readyState === WebSocket.OPEN
    if (this.#behind === null || this.socket.bufferedAmount > 0 || !isOpen) return
    const update = Y.encodeStateAsUpdate(this.#doc, this.#behind)
    this.#behind = null
    this.send(writeMessage({ type: "update", update }))
    this.#onCaughtUp()
    const held = [...this.#heldAwareness.values()]
    this.#heldAwareness.clear()
    this.sendAwareness(held)
  }
}
