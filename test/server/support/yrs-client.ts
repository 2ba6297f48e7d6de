import { onTestFinished } from "vitest"
import WebSocket from "ws"
import { applyUpdate, encodeStateAsUpdate, encodeStateVector, YDoc } from "ywasm"
import { type Message, readMessages, writeAwarenessEntries, writeMessage } from "../../../protocol/message.ts"

const retryMs = 50

/**
 * A client whose document is the Rust implementation of Yjs. As that one's own clients do, it puts several messages
 * into one frame. It comes back whenever it is cut.
 */
export class YrsClient {
  readonly doc = new YDoc({})
  readonly closeCodes: number[] = []
  readonly #url: string
  #socket: WebSocket
  #retry: NodeJS.Timeout | null = null
  #stopped = false
  #applying = false
  synced = false

  constructor(url: string) {
    this.#url = url
    this.#socket = this.#connect()
    const observer = this.doc.onUpdate((update: Uint8Array) => {
      if (!this.#applying) this.#send({ type: "update", update })
    })
    onTestFinished(() => {
      this.#stopped = true
      if (this.#retry !== null) clearTimeout(this.#retry)
      this.#socket.terminate()
      observer.free()
    })
  }

  get text(): string {
    return this.doc.getText("codemirror").toString(undefined)
  }

  insert(index: number, text: string): void {
    this.doc.getText("codemirror").insert(index, text, undefined, undefined)
  }

  delete(index: number, length: number): void {
    this.doc.getText("codemirror").delete(index, length, undefined)
  }

  #connect(): WebSocket {
    const socket = new WebSocket(this.#url)
    socket.on("open", () =>
      this.#send(
        { type: "sync-step-1", stateVector: encodeStateVector(this.doc) },
        { type: "awareness", update: writeAwarenessEntries([]) },
      ),
    )
    socket.on("message", (data) => {
      if (!Buffer.isBuffer(data)) throw new Error("The server sends one buffer a frame")
      for (const message of readMessages(new Uint8Array(data))) this.#take(message)
    })
    socket.on("error", () => undefined) // the close that follows says all
    socket.on("close", (code) => {
      this.closeCodes.push(code)
      this.synced = false
      if (this.#stopped) return
      this.#retry = setTimeout(() => {
        this.#socket = this.#connect()
      }, retryMs)
    })
    return socket
  }

  #take(message: Message): void {
    switch (message.type) {
      case "sync-step-1":
        this.#send({ type: "sync-step-2", update: encodeStateAsUpdate(this.doc, message.stateVector) })
        break
      case "sync-step-2":
      case "update":
        this.#applying = true
        applyUpdate(this.doc, message.update, "server")
        this.#applying = false
        if (message.type === "sync-step-2") this.synced = true
        break
      default:
        break
    }
  }

  #send(...messages: Message[]): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    this.#socket.send(Buffer.concat(messages.map(writeMessage)))
  }
}
