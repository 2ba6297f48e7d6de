import WebSocket from "ws"
import * as Y from "yjs"
import { unreachable } from "../../protocol/errors.ts"
import { type Message, readMessages, writeMessage } from "../../protocol/message.ts"
import type { SeededRandom } from "./seeded-random.ts"
import { type TokenLedger, tokenLength } from "./token-ledger.ts"

interface Change {
  token: string
  kind: "insert" | "delete"
}

/** How many of its changes are deletions. */
const deletionShare = 0.2

/**
 * A client with a document of its own that types tokens, deletes some, and enters into the ledger what it is told is on
 * disk. It speaks the plain protocol over a plain socket, so that it sees every close code and every count.
 */
export class Writer {
  readonly doc = new Y.Doc()
  /** Resolves with the close code, 1006 where there was none. */
  readonly closed: Promise<number>
  /** Resolves when the server's document is here. Rejects when the connection ends before. */
  readonly synced: Promise<void>
  readonly #socket: WebSocket
  readonly #ledger: TokenLedger
  readonly #random: SeededRandom
  /** What each counted message of this connection changed, in the order in which they were sent. */
  readonly #sent: Change[][] = []
  readonly #own: string[] = []
  #acknowledged = 0
  #typing: NodeJS.Timeout | null = null
  #waiting: { count: number; resolve: () => void } | null = null

  constructor(options: { url: string; ledger: TokenLedger; random: SeededRandom }) {
    this.#ledger = options.ledger
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

  get text(): string {
    return this.doc.getText("codemirror").toString()
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

  /** The same without sending it. */
  makeChange(kind: "insert" | "any" = "any"): { update: Uint8Array; changes: Change[] } {
    const updates: Uint8Array[] = []
    const collect = (update: Uint8Array): void => {
      updates.push(update)
    }
    this.doc.on("update", collect)
    const canDelete = kind === "any" && this.#own.length > 0 && this.#random.next() < deletionShare
    const change = canDelete ? this.#delete() : this.#insert()
    this.doc.off("update", collect)
    const [update] = updates
    if (update === undefined) throw new Error("A change made no update")
    return { update, changes: [change] }
  }

  sendUpdate(update: Uint8Array, changes: Change[]): void {
    this.#sent.push(changes)
    this.#send({ type: "update", update })
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

  #insert(): Change {
    const token = this.#ledger.make()
    const text = this.doc.getText("codemirror")
    text.insert(this.#random.below(text.length / tokenLength + 1) * tokenLength, token)
    this.#own.push(token)
    return { token, kind: "insert" }
  }

  #delete(): Change {
    const [token] = this.#own.splice(this.#random.below(this.#own.length), 1)
    if (token === undefined) throw new RangeError("There is nothing to delete")
    const text = this.doc.getText("codemirror")
    text.delete(text.toString().indexOf(token), tokenLength)
    this.#ledger.delete(token)
    return { token, kind: "delete" }
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
      case "permission-denied":
        break
      default:
        unreachable(message)
    }
  }

  #settle(count: number): void {
    if (count > this.#sent.length)
      throw new Error(`${count} acknowledged of ${this.#sent.length} that were sent`)
    for (const { token, kind } of this.#sent.slice(this.#acknowledged, count).flat())
      this.#ledger.settle(token, kind)
    this.#acknowledged = count
    if (this.#waiting === null || count < this.#waiting.count) return
    this.#waiting.resolve()
    this.#waiting = null
  }

  #send(message: Message): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(writeMessage(message))
  }
}
