import type { AddressInfo } from "node:net"
import { onTestFinished } from "vitest"
import { type WebSocket, WebSocketServer } from "ws"
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

/** One connection that a fake host was called on. It answers nothing by itself. */
export class FakeConnection {
  readonly heard: Message[] = []
  readonly frameSizes: number[] = []
  readonly path: string
  readonly #socket: WebSocket
  closed = false
  pings = 0

  constructor(socket: WebSocket, path: string) {
    this.#socket = socket
    this.path = path
    socket.on("message", (data) => {
      if (!Buffer.isBuffer(data)) throw new Error("One buffer a frame is expected")
      this.frameSizes.push(data.length)
      this.heard.push(...readMessages(new Uint8Array(data)))
    })
    socket.on("ping", () => {
      this.pings += 1
    })
    socket.on("close", () => {
      this.closed = true
    })
    socket.on("error", () => undefined) // the close that follows says all
  }

  /** The sync messages that a durable count counts. */
  get changes(): Uint8Array[] {
    return this.heard.flatMap((message) =>
      message.type === "update" || message.type === "sync-step-2" ? [message.update] : [],
    )
  }

  get awareness(): AwarenessEntry[] {
    return this.heard.flatMap((message) =>
      message.type === "awareness" ? readAwarenessEntries(message.update) : [],
    )
  }

  send(message: Message): void {
    this.#socket.send(writeMessage(message))
  }

  sendRaw(frame: Uint8Array): void {
    this.#socket.send(frame)
  }

  sendAwareness(entries: AwarenessEntry[]): void {
    this.send({ type: "awareness", update: writeAwarenessEntries(entries) })
  }

  /** What a server does when it is called: asks for what it lacks, and gives what the caller lacks. */
  async greet(doc: Y.Doc): Promise<void> {
    this.send({ type: "sync-step-1", stateVector: Y.encodeStateVector(doc) })
    await waitFor(
      () => this.heard.some(({ type }) => type === "sync-step-1"),
      () => "the link asks for the document",
    )
    const stepOne = this.heard.find((message) => message.type === "sync-step-1")
    if (stepOne?.type !== "sync-step-1") throw new Error("No step 1")
    this.send({ type: "sync-step-2", update: Y.encodeStateAsUpdate(doc, stepOne.stateVector) })
    await this.whenChanges(1)
  }

  /** Says that everything is on disk that came up to now. */
  confirm(count = this.changes.length): void {
    this.send({ type: "durable", count, host: null })
  }

  async whenChanges(count: number): Promise<void> {
    await waitFor(
      () => this.changes.length >= count,
      () => `the host has ${count} sync messages, it has ${this.changes.length}`,
    )
  }

  async whenClosed(): Promise<void> {
    await waitFor(
      () => this.closed,
      () => "the link has closed its connection",
    )
  }

  /** Stops reading, so that even a ping gets no answer. */
  freeze(): void {
    this.#socket.pause()
  }

  thaw(): void {
    this.#socket.resume()
  }

  close(code: number): void {
    this.#socket.close(code)
  }

  cut(): void {
    this.#socket.terminate()
  }
}

/** A host that does what the test says, over a real socket. */
export class FakeHost {
  readonly connections: FakeConnection[] = []
  readonly #server: WebSocketServer

  private constructor(server: WebSocketServer) {
    this.#server = server
    server.on("connection", (socket, request) => {
      this.connections.push(new FakeConnection(socket, request.url ?? ""))
    })
    onTestFinished(async () => {
      for (const connection of this.connections) connection.cut()
      await new Promise((resolve) => server.close(resolve))
    })
  }

  static async start(): Promise<FakeHost> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 })
    await new Promise((resolve) => server.once("listening", resolve))
    return new FakeHost(server)
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The connection of that number, from 1, once it is there. */
  async connection(number: number): Promise<FakeConnection> {
    await waitFor(
      () => this.connections.length >= number,
      () => `the link has connected ${number} times, it has ${this.connections.length} times`,
    )
    const connection = this.connections[number - 1]
    if (connection === undefined) throw new Error("No such connection")
    return connection
  }
}
