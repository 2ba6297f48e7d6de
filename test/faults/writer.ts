import { once } from "node:events"
import WebSocket from "ws"
import * as Y from "yjs"
import { unreachable } from "../../protocol/errors.ts"
import { type Message, readMessages, writeMessage } from "../../protocol/message.ts"
import type { SeededRandom } from "./seeded-random.ts"
import type { TokenLedger } from "./token-ledger.ts"
import { pastedText, typedText, type WrittenRoom } from "./written-room.ts"

interface Change {
  ledger: TokenLedger
  token: string
  kind: "insert" | "delete"
}

/** How many of its changes are deletions. */
const deletionShare = 0.2

/**
 * A client with a document of its own that types tokens, deletes some, and enters into the room's ledger what it is told
 * is on disk. It speaks the plain protocol over a plain socket, so that it sees every close code and every count.
 */
export class Writer {
  readonly doc = new Y.Doc()
  /** Resolves with the close code, 1006 where there was none. */
  readonly closed: Promise<number>
  /** Resolves when the server's document is here. Rejects when the connection ends before. */
  readonly synced: Promise<void>
  readonly #socket: WebSocket
  readonly #room: WrittenRoom
  readonly #random: SeededRandom
  /** What each counted message of this connection changed, in the order in which they were sent. */
  readonly #sent: Change[][] = []
  readonly #own: string[] = []
  #acknowledged = 0
  #typing: NodeJS.Timeout | null = null
  #waiting: { count: number; resolve: () => void } | null = null

  constructor(options: { url: string; room: WrittenRoom; random: SeededRandom }) {
    this.#room = options.room
    this.#random = options.random
    this.#socket = new WebSocket(options.url, { perMessageDeflate: false })
    this.closed = new Promise((resolve) => {
      this.#socket.on("close", (code) => {
        this.stopTyping()
        resolve(code)
      })
    })
    this.#socket.on("error", () => this.#socket.terminate())
    this.#socket.on("open", () => {
      this.#send({ type: "sync-step-1", stateVector: Y.encodeStateVector(this.doc) })
    })
    this.synced = new Promise((resolve, reject) => {
      this.#socket.on("message", (data) => {
        if (!Buffer.isBuffer(data))
          throw new TypeError("ws gives Buffers unless it is asked for something else")
        for (const message of readMessages(data)) this.#take(message, resolve)
      })
      void this.closed.then((code) => reject(new Error(`Closed with ${code} before it was synced`)))
    })
    // A server may be killed while nobody waits for this promise.
    this.synced.catch(() => undefined)
  }

  /** Counted messages of this connection that are on disk. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  /** Counted messages of this connection, on disk or not. */
  get sent(): number {
    return this.#sent.length
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  /** Everything that its document lacks or has too much of what anybody was told is on disk. */
  get faults(): string[] {
    return this.#room.faults(this.doc)
  }

  /** Whether this document has the token that another writer has typed. */
  has(token: string): boolean {
    return typedText(this.doc).toString().includes(token)
  }

  /** Makes a change every so many milliseconds until it is stopped or the connection ends. */
  type(everyMs: number): void {
    this.#typing = setInterval(() => this.change(), everyMs)
  }

  stopTyping(): void {
    if (this.#typing !== null) clearInterval(this.#typing)
    this.#typing = null
  }

  /** Inserts a token or deletes one of its own. */
  change(): void {
    const { update, changes } = this.makeChange()
    this.sendUpdate(update, changes)
  }

  /** Inserts a token and answers it. */
  insert(): string {
    const { update, changes } = this.makeChange("insert")
    this.sendUpdate(update, changes)
    const [change] = changes
    if (change === undefined) throw new Error("A change changes something")
    return change.token
  }

  /** Inserts 1 MB at once. */
  paste(): void {
    const ledger = this.#room.pasted
    const token = ledger.make()
    const update = this.#capture(() => pastedText(this.doc).insert(0, token))
    this.sendUpdate(update, [{ ledger, token, kind: "insert" }])
  }

  /** A change of the document without sending it. */
  makeChange(kind: "insert" | "any" = "any"): { update: Uint8Array; changes: Change[] } {
    const canDelete = kind === "any" && this.#own.length > 0 && this.#random.next() < deletionShare
    const changes: Change[] = []
    const update = this.#capture(() => changes.push(canDelete ? this.#delete() : this.#insert()))
    return { update, changes }
  }

  sendUpdate(update: Uint8Array, changes: Change[]): void {
    this.#sent.push(changes)
    this.#send({ type: "update", update })
  }

  /**
   * Resolves when the server has read all that was sent before, and all that it had sent before is here.
   * @throws Error when the connection ends before.
   */
  async roundTrip(): Promise<void> {
    const answered = once(this.#socket, "pong")
    this.#socket.ping()
    const ended = this.closed.then((code) => {
      throw new Error(`Closed with ${code} before the answer to a ping`)
    })
    await Promise.race([answered, ended])
  }

  /** Resolves when so many counted messages are on disk. @throws Error when the connection ends before. */
  async whenAcknowledged(count: number): Promise<void> {
    if (this.#acknowledged >= count) return
    const there = new Promise<void>((resolve) => {
      this.#waiting = { count, resolve }
    })
    const ended = this.closed.then((code) => {
      throw new Error(`Closed with ${code} when ${this.#acknowledged} of ${count} were on disk`)
    })
    await Promise.race([there, ended])
  }

  /** Resolves when everything that was sent is on disk. @throws Error when the connection ends before. */
  async whenAllAcknowledged(): Promise<void> {
    await this.whenAcknowledged(this.#sent.length)
  }

  /** Closes the connection as a client that goes. */
  async leave(): Promise<void> {
    this.stopTyping()
    this.#socket.close()
    await this.closed
    this.doc.destroy()
  }

  #capture(edit: () => void): Uint8Array {
    const updates: Uint8Array[] = []
    const collect = (update: Uint8Array): void => {
      updates.push(update)
    }
    this.doc.on("update", collect)
    edit()
    this.doc.off("update", collect)
    const [update] = updates
    if (update === undefined) throw new Error("A change made no update")
    return update
  }

  #insert(): Change {
    const ledger = this.#room.typed
    const token = ledger.make()
    const text = typedText(this.doc)
    text.insert(this.#random.below(text.length / ledger.tokenLength + 1) * ledger.tokenLength, token)
    this.#own.push(token)
    return { ledger, token, kind: "insert" }
  }

  #delete(): Change {
    const ledger = this.#room.typed
    const [token] = this.#own.splice(this.#random.below(this.#own.length), 1)
    if (token === undefined) throw new RangeError("There is nothing to delete")
    const text = typedText(this.doc)
    text.delete(text.toString().indexOf(token), ledger.tokenLength)
    ledger.delete(token)
    return { ledger, token, kind: "delete" }
  }

  #take(message: Message, synced: () => void): void {
    switch (message.type) {
      case "sync-step-1":
        this.#sent.push([])
        this.#send({ type: "sync-step-2", update: Y.encodeStateAsUpdate(this.doc, message.stateVector) })
        break
      case "sync-step-2":
        Y.applyUpdate(this.doc, message.update)
        synced()
        break
      case "update":
        Y.applyUpdate(this.doc, message.update)
        break
      case "durable":
        this.#settle(message.count)
        break
      case "awareness":
      case "query-awareness":
      case "moved":
      case "permission-denied":
        break
      default:
        unreachable(message)
    }
  }

  #settle(count: number): void {
    if (count > this.#sent.length)
      throw new Error(`${count} acknowledged of ${this.#sent.length} that were sent`)
    for (const { ledger, token, kind } of this.#sent.slice(this.#acknowledged, count).flat())
      ledger.settle(token, kind)
    this.#acknowledged = count
    if (this.#waiting === null || count < this.#waiting.count) return
    this.#waiting.resolve()
    this.#waiting = null
  }

  #send(message: Message): void {
    if (this.isOpen) this.#socket.send(writeMessage(message))
  }
}
