import { expect, onTestFinished, test } from "vitest"
import WebSocket from "ws"
import { WebsocketProvider } from "y-websocket"
import * as Y from "yjs"
import { CloseCode } from "../../protocol/close-code.ts"
import { readMessages, writeMessage } from "../../protocol/message.ts"
import { TestClient } from "./support/client.ts"
import { startServer, type TestServer } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

const room = "worn"

/** Deletes every other letter, so that the deletions alone take kilobytes in every answer that tells all of them. */
function wearOut(text: Y.Text): void {
  text.insert(0, "ab".repeat(2_000))
  for (let index = 0; index < 2_000; index += 1) text.delete(index, 1)
}

/** A public y-websocket client that counts what its present connection brings, the handshake apart. */
class Editor {
  readonly doc = new Y.Doc()
  readonly provider: WebsocketProvider
  bytes = 0

  constructor(server: TestServer, token: string) {
    const owner = this
    class CountingSocket extends WebSocket {
      constructor(url: string, protocols?: string[]) {
        super(url, protocols)
        owner.bytes = 0
        this.on("message", (data) => {
          if (data instanceof ArrayBuffer) owner.bytes += data.byteLength
        })
      }
    }
    this.provider = new WebsocketProvider(server.wsUrl, room, this.doc, {
      params: { token },
      // y-websocket types the standard's class; that of `ws` does what it uses of it.
      WebSocketPolyfill: CountingSocket as unknown as typeof globalThis.WebSocket,
      disableBc: true,
    })
    onTestFinished(() => {
      this.provider.destroy()
      this.doc.destroy()
    })
  }

  get text(): Y.Text {
    return this.doc.getText("codemirror")
  }

  async whenSynced(): Promise<this> {
    await waitFor(
      () => this.provider.synced,
      () => "the editor is synced",
    )
    return this
  }

  async goAway(): Promise<void> {
    this.provider.disconnect()
    await waitFor(
      () => !this.provider.wsconnected,
      () => "the editor is away",
    )
  }

  comeBack(): Promise<this> {
    this.provider.connect()
    return this.whenSynced()
  }
}

async function wornRoom() {
  const server = await startServer()
  const token = await server.token("editor", room)
  const editor = await new Editor(server, token).whenSynced()
  wearOut(editor.text)
  const other = await new TestClient(server.wsUrl, { room, token, durable: 1 }).whenSynced()
  await other.whenText(editor.text.toString())
  return { server, token, editor, other }
}

test("a public client that has everything is told so in a few bytes, however much was deleted", async () => {
  const { editor } = await wornRoom()
  await editor.goAway()
  await editor.comeBack()
  expect(editor.bytes).toBeGreaterThan(0)
  expect(editor.bytes).toBeLessThan(200)
})

test("one that missed something gets that, insertions and deletions, and what it did meanwhile is taken", async () => {
  const { editor, other } = await wornRoom()
  await editor.goAway()
  other.text.delete(0, 10)
  other.text.insert(100, "theirs")
  await other.whenDurable()
  editor.text.insert(0, "mine")
  editor.text.delete(500, 10)
  await editor.comeBack()
  await waitFor(
    () => editor.text.toString() === other.text.toString() && other.text.toString().startsWith("mine"),
    () => "both have all of it",
  )
  expect(editor.text.toString()).toContain("theirs")
  expect(editor.bytes).toBeLessThan(400)
})

test("one that never tells what it has deleted is answered all the same", async () => {
  const { server, token, other } = await wornRoom()
  const socket = new WebSocket(`${server.wsUrl}/${room}?token=${token}`)
  onTestFinished(() => socket.terminate())
  const doc = new Y.Doc()
  doc.getText("codemirror").insert(0, "something of its own")
  socket.on("open", () =>
    socket.send(writeMessage({ type: "sync-step-1", stateVector: Y.encodeStateVector(doc) })),
  )
  const answered = new Promise<void>((resolve) => {
    socket.on("message", (data: Buffer) => {
      for (const message of readMessages(new Uint8Array(data))) {
        if (message.type !== "sync-step-2") continue
        Y.applyUpdate(doc, message.update)
        resolve()
      }
    })
  })
  await answered
  expect(doc.getText("codemirror").toString()).toContain(other.text.toString())
})

test.each([
  ["a state vector that is none", [{ type: "sync-step-1", stateVector: Uint8Array.of(2, 255, 255) }]],
  [
    "a step 2 that is no update",
    [
      { type: "sync-step-1", stateVector: Uint8Array.of(1, 5, 1) },
      { type: "sync-step-2", update: Uint8Array.of(1, 200, 200, 200, 7) },
    ],
  ],
] as const)("who sends %s is closed for good", async (_name, messages) => {
  const { server, token } = await wornRoom()
  const client = await new TestClient(server.wsUrl, { room, token }).whenSynced()
  for (const message of messages) client.send(message)
  expect(await client.whenClosed()).toBe(CloseCode.Malformed)
})
