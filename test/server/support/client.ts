import { onTestFinished } from "vitest"
import WebSocket from "ws"
import * as Y from "yjs"
import {
  type AwarenessEntry,
  type Message,
  readAwarenessEntries,
  readMessages,
  writeAwarenessEntries,
  writeMessage,
} from "../../../protocol/message.ts"
import { waitFor } from "./wait-for.ts"

/** A client that speaks the wire protocol and keeps all that it hears: for tests that look at single frames. */
export class TestClient {
  readonly doc = new Y.Doc()
  readonly heard: Message[] = []
  readonly awareness = new Map<number, AwarenessEntry>()
  /** What the server said is on disk of what this client sent. */
  durable = 0
  sent = 0
  closeCode: number | null = null
  readonly #socket: WebSocket
  /** The clocks of what this client shows itself. */
  readonly #shown = new Map<number, number>()
  #bytesRead = () => 0

  constructor(
    url: string,
    options: {
      room: string
      token?: string
      durable?: 1 | 2
      headers?: Record<string, string>
      protocols?: string[]
    },
  ) {
    const query = new URLSearchParams()
    if (options.token !== undefined) query.set("token", options.token)
    if (options.durable !== undefined) query.set("durable", String(options.durable))
    this.#socket = new WebSocket(
      `${url}/${encodeURIComponent(options.room)}?${query}`,
      options.protocols ?? [],
      {
        ...(options.headers === undefined ? {} : { headers: options.headers }),
      },
    )
    this.#socket.on("upgrade", ({ socket }) => {
      this.#bytesRead = () => socket.bytesRead
    })
    this.#socket.on("message", (data) => this.#read(data))
    this.#socket.on("open", () =>
      this.send({ type: "sync-step-1", stateVector: Y.encodeStateVector(this.doc) }),
    )
    this.#socket.on("close", (code) => {
      this.closeCode = code
    })
    this.#socket.on("error", () => undefined) // the close that follows says all
    this.doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin !== this) this.sendUpdate(update)
    })
    onTestFinished(() => this.close())
  }

  get text(): Y.Text {
    return this.doc.getText("codemirror")
  }

  get synced(): boolean {
    return this.heard.some(({ type }) => type === "sync-step-2")
  }

  /** Bytes that came on the connection, the handshake's included. */
  get bytesRead(): number {
    return this.#bytesRead()
  }

  /** What was agreed on in the handshake: "" or "permessage-deflate". */
  get extensions(): string {
    return this.#socket.extensions
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  sendUpdate(update: Uint8Array): void {
    this.send({ type: "update", update })
  }

  sendAwareness(entries: readonly AwarenessEntry[]): void {
    for (const { clientId, clock } of entries) this.#shown.set(clientId, clock)
    this.send({ type: "awareness", update: writeAwarenessEntries(entries) })
  }

  send(message: Message): void {
    if (!this.isOpen) return
    if (message.type === "update" || message.type === "sync-step-2") this.sent += 1
    this.#socket.send(writeMessage(message))
  }

  sendRaw(frame: Uint8Array | string): void {
    this.#socket.send(frame)
  }

  /** Stops reading: the server's frames pile up on its side. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  ping(): void {
    this.#socket.ping()
  }

  close(): void {
    this.#socket.terminate()
  }

  async whenSynced(): Promise<this> {
    await waitFor(
      () => this.synced,
      () => `the client is synced (close code ${this.closeCode})`,
    )
    return this
  }

  async whenClosed(): Promise<number> {
    await waitFor(
      () => this.closeCode !== null,
      () => "the client is closed",
    )
    return this.closeCode ?? 0
  }

  async whenDurable(): Promise<void> {
    await waitFor(
      () => this.durable === this.sent,
      () => `all is durable: ${this.durable} of ${this.sent}`,
    )
  }

  async whenText(text: string): Promise<void> {
    await waitFor(
      () => this.text.toString() === text,
      () => `the text is ${JSON.stringify(text)}, it is ${JSON.stringify(this.text.toString())}`,
    )
  }

  #read(data: WebSocket.RawData): void {
    if (!Buffer.isBuffer(data)) throw new Error("The server sends one buffer a frame")
    for (const message of readMessages(new Uint8Array(data))) {
      this.heard.push(message)
      this.#take(message)
    }
  }

  #take(message: Message): void {
    switch (message.type) {
      case "sync-step-1":
        this.send({ type: "sync-step-2", update: Y.encodeStateAsUpdate(this.doc, message.stateVector) })
        break
      case "sync-step-2":
      case "update":
        Y.applyUpdate(this.doc, message.update, this)
        break
      case "awareness":
        for (const entry of readAwarenessEntries(message.update)) this.#takeAwareness(entry)
        break
      case "durable":
        this.durable = message.count
        break
      default:
        break
    }
  }

  /** The rule of y-protocols: only news, its own echo is none, and a removal at the same clock. */
  #takeAwareness(entry: AwarenessEntry): void {
    if (entry.clock <= (this.#shown.get(entry.clientId) ?? -1)) return
    const known = this.awareness.get(entry.clientId)
    const isNews = known === undefined || known.clock < entry.clock
    if (isNews || (known.clock === entry.clock && entry.state === null))
      this.awareness.set(entry.clientId, entry)
  }
}
