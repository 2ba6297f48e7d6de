import { readVarUint } from "lib0/decoding"
import { expect, onTestFinished, test } from "vitest"
import WebSocket from "ws"
import { WebsocketProvider } from "y-websocket"
import * as Y from "yjs"
import { MessageType } from "../../protocol/message.ts"
import { startAgain } from "./support/replicated.ts"
import { startServer, type TestServer } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

const room = "tides"

/**
 * A y-websocket client that asked for durable counts, made as the design tells everybody to: a WebSocket subclass that
 * counts what it sends, and a handler for message type 4.
 */
class DurableEditor {
  readonly doc = new Y.Doc()
  readonly provider: WebsocketProvider
  /** Of the present connection: sync messages of kind step 2 and update that were sent, and how many are on disk. */
  sent = 0
  durable = 0
  /** Every count that came, over all connections. */
  readonly counts: number[] = []

  constructor(server: TestServer, token: string) {
    const owner = this
    class CountingSocket extends WebSocket {
      constructor(url: string, protocols?: string[]) {
        super(url, protocols)
        owner.sent = 0
        owner.durable = 0
      }

      override send(data: Uint8Array): void {
        super.send(data)
        if (data[0] === MessageType.Sync && data[1] !== 0) owner.sent += 1
      }
    }
    this.provider = new WebsocketProvider(server.wsUrl, room, this.doc, {
      params: { token, durable: "1" },
      // y-websocket types the standard's class; that of `ws` does what it uses of it.
      WebSocketPolyfill: CountingSocket as unknown as typeof globalThis.WebSocket,
      disableBc: true,
      maxBackoffTime: 200,
    })
    this.provider.messageHandlers[MessageType.Durable] = (_encoder, decoder) => {
      this.durable = readVarUint(decoder)
      this.counts.push(this.durable)
    }
    onTestFinished(() => {
      this.provider.destroy()
      this.doc.destroy()
    })
  }

  get isGreen(): boolean {
    return this.provider.synced && this.sent > 0 && this.durable === this.sent
  }

  get text(): Y.Text {
    return this.doc.getText("codemirror")
  }

  async whenGreen(): Promise<void> {
    await waitFor(
      () => this.isGreen,
      () => `the light is green: ${this.durable} of ${this.sent} on disk, synced: ${this.provider.synced}`,
    )
  }
}

test("a public y-websocket client has a green light when every change is on disk, deletions too", async () => {
  const server = await startServer()
  const editor = new DurableEditor(server, await server.token("editor", room))
  await editor.whenGreen()
  editor.text.insert(0, "high water at noon")
  expect(editor.isGreen).toBe(false)
  await editor.whenGreen()
  editor.text.delete(0, 5)
  expect(editor.isGreen).toBe(false)
  await editor.whenGreen()
  for (let word = 0; word < 50; word += 1) editor.text.insert(editor.text.length, ` ${word}`)
  await editor.whenGreen()
  expect(editor.counts).toEqual([...editor.counts].sort((a, b) => a - b))
})

test("green means green: what it said was on disk is there after the server has gone", async () => {
  const server = await startServer()
  const token = await server.token("editor", room)
  const editor = new DurableEditor(server, token)
  await editor.whenGreen()
  editor.text.insert(0, "written before")
  await editor.whenGreen()
  editor.provider.destroy()
  await server.stop()
  const reader = new DurableEditor(await startAgain(server), token)
  await reader.whenGreen()
  expect(reader.text.toString()).toBe("written before")
})

test("after a restart the count begins anew, and what was written meanwhile turns it green again", async () => {
  const server = await startServer()
  const editor = new DurableEditor(server, await server.token("editor", room))
  await editor.whenGreen()
  await server.stop()
  await waitFor(
    () => !editor.provider.wsconnected,
    () => "the client knows that the server has gone",
  )
  editor.text.insert(0, "written meanwhile")
  const again = await startAgain(server)
  await editor.whenGreen()
  const other = new DurableEditor(again, await again.token("editor", room))
  await other.whenGreen()
  expect(other.text.toString()).toBe("written meanwhile")
})

test("a count speaks of one's own changes only", async () => {
  const server = await startServer()
  const token = await server.token("editor", room)
  const quiet = new DurableEditor(server, token)
  const busy = new DurableEditor(server, token)
  await Promise.all([quiet.whenGreen(), busy.whenGreen()])
  const { sent } = quiet
  for (let word = 0; word < 20; word += 1) busy.text.insert(0, `${word} `)
  await busy.whenGreen()
  await waitFor(
    () => quiet.text.toString() === busy.text.toString(),
    () => "both say the same",
  )
  expect(quiet.sent).toBe(sent)
  expect(quiet.durable).toBe(sent)
})
