import * as Y from "yjs"
import type { Histogram } from "../statistics.ts"
import { Dialect } from "./dialect.ts"
import { clientFrame, type RawSocket } from "./raw-socket.ts"
import { closed, join, type Target } from "./seeded-room.ts"

/** A writer's own text ends at so many words; with every new one the oldest goes. */
const words = 40

interface Waiting {
  update: Uint8Array
  sentAt: number
}

/**
 * Somebody who writes for hours, and whose document stays the same size. They see nothing of what others write, and
 * bring again what was not acknowledged when they come back.
 */
export class SoakWriter {
  /** Updates, each counted once however often it was brought. */
  sent = 0
  acknowledged = 0
  readonly #target: Target
  readonly #dialect: Dialect
  /** Told of every acknowledgement's time from the last send. */
  readonly #latency: Histogram | null
  readonly #doc = new Y.Doc()
  readonly #lengths: number[] = []
  #made: Uint8Array | null = null
  #waiting: Waiting[] = []
  /** What this connection was acknowledged. */
  #acknowledgedHere = 0
  #socket: RawSocket | null = null

  constructor(target: Target, latency: Histogram | null) {
    this.#target = target
    this.#dialect = new Dialect(target.dialect, target.room)
    this.#latency = latency
    this.#doc.on("update", (update: Uint8Array) => {
      this.#made = update
    })
  }

  get text(): string {
    return this.#doc.getText("codemirror").toString()
  }

  /** Has no connection, or not yet again. */
  get isAway(): boolean {
    return this.#socket === null
  }

  async open(): Promise<void> {
    this.#acknowledgedHere = 0
    const take = (buffer: Buffer, start: number): void => {
      if (this.#dialect.kind(buffer, start) === "acknowledgement") this.#settle(buffer, start)
    }
    const { socket } = await join(this.#target, take, closed)
    this.#socket = socket
    for (const waiting of this.#waiting) this.#send(waiting)
  }

  /** Types a word, and sends it when there is a connection. */
  write(): void {
    const waiting = { update: this.#type(), sentAt: Number.NaN }
    this.sent += 1
    this.#waiting.push(waiting)
    this.#send(waiting)
  }

  /** Sends something that nobody acknowledges; without a connection it is dropped. */
  sendBeside(frame: Buffer): void {
    this.#socket?.send(frame)
  }

  /** Loses the connection, whatever is under way on it, and makes a new one. */
  async comeBack(): Promise<void> {
    this.close()
    await this.open()
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = null
  }

  #type(): Uint8Array {
    const text = this.#doc.getText("codemirror")
    const word = `${this.#doc.clientID}.${this.sent} `
    this.#lengths.push(word.length)
    const oldest = this.#lengths.length > words ? this.#lengths.shift() : undefined
    this.#doc.transact(() => {
      text.insert(text.length, word)
      if (oldest !== undefined) text.delete(0, oldest)
    })
    const made = this.#made
    this.#made = null
    if (made === null) throw new Error("A word made no update")
    return made
  }

  #send(waiting: Waiting): void {
    if (this.#socket === null) return
    waiting.sentAt = performance.now()
    this.#socket.send(clientFrame(this.#dialect.update(waiting.update)))
  }

  #settle(buffer: Buffer, start: number): void {
    const now = performance.now()
    const count = this.#dialect.acknowledged(buffer, start, this.#acknowledgedHere) - this.#acknowledgedHere
    this.#acknowledgedHere += count
    this.acknowledged += count
    for (const { sentAt } of this.#waiting.splice(0, count)) this.#latency?.add(now - sentAt)
  }
}
