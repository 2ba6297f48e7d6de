import { readVarUint } from "lib0/decoding"
import { WebsocketProvider } from "y-websocket"
import * as Y from "yjs"
import { MessageType } from "../../protocol/message.ts"

const waitLimitMs = 30_000
const pollMs = 20

/** A person's client: an unchanged y-websocket that also asks what is on the server's disk. */
export class Writer {
  readonly text: Y.Text
  /** The codes with which the server closed the connection, in order. */
  readonly closeCodes: number[] = []
  readonly #provider: WebsocketProvider
  readonly #doc = new Y.Doc()
  #sent = 0
  #durable = 0

  constructor(address: string, room: string, token: string) {
    const count = (data: unknown) => {
      if (isDocumentChange(data)) this.#sent += 1
    }
    this.text = this.#doc.getText("codemirror")
    this.#provider = new WebsocketProvider(`ws://${address}`, room, this.#doc, {
      params: { token, durable: "1" },
      disableBc: true,
      WebSocketPolyfill: class extends WebSocket {
        override send(data: Parameters<WebSocket["send"]>[0]) {
          count(data)
          super.send(data)
        }
      },
    })
    this.#provider.messageHandlers[MessageType.Durable] = (_encoder, decoder) => {
      this.#durable = readVarUint(decoder)
    }
    this.#provider.on("connection-close", (event) => {
      if (event !== null) this.closeCodes.push(event.code)
    })
  }

  joined(): Promise<void> {
    return until("the document is here", () => this.#provider.synced)
  }

  /** Resolves once the server has said that everything this client sent is on its disk. */
  saved(): Promise<void> {
    return until("every change is on disk", () => this.#sent > 0 && this.#durable === this.#sent)
  }

  closed(): Promise<void> {
    return until("the server closes the connection", () => this.closeCodes.length > 0)
  }

  leave(): void {
    this.#provider.destroy()
    this.#doc.destroy()
  }
}

/** Sync messages of kind step 2 (1) or update (2): what the durable count counts. */
function isDocumentChange(data: unknown): boolean {
  return data instanceof Uint8Array && data[0] === MessageType.Sync && (data[1] === 1 || data[1] === 2)
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + waitLimitMs
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}
