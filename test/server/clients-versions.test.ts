import { expect, onTestFinished, test, vi } from "vitest"
import WebSocket from "ws"
import { WebsocketProvider as Provider31 } from "y-websocket"
import { WebsocketProvider as Provider15 } from "y-websocket-1"
import { WebsocketProvider as Provider21 } from "y-websocket-2"
import { WebsocketProvider as Provider30 } from "y-websocket-3.0"
import * as Y from "yjs"
import { CloseCode } from "../../protocol/close-code.ts"
import { TestClient } from "./support/client.ts"
import { startAgain } from "./support/replicated.ts"
import { startServer, type TestServer } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"
import { YrsClient } from "./support/yrs-client.ts"

const versions = [
  { version: "1.5.4", Provider: Provider15 },
  { version: "2.1.0", Provider: Provider21 },
  { version: "3.0.0", Provider: Provider30 },
  { version: "3.1.0", Provider: Provider31 },
]

/** What the tests need of every version's provider. */
interface Provider {
  readonly synced: boolean
  readonly wsconnected: boolean
  readonly awareness: { setLocalState(state: object): void; getStates(): Map<number, object> }
  destroy(): void
  disconnect(): void
  connect(): void
}

/** An editor of some version of the ecosystem, by what it can do. */
interface Editor {
  readonly name: string
  readonly text: string
  readonly synced: boolean
  insert(index: number, text: string): void
  delete(index: number, length: number): void
}

class YjsEditor implements Editor {
  readonly name: string
  readonly doc = new Y.Doc()
  readonly provider: Provider

  constructor(name: string, connect: (doc: Y.Doc) => Provider) {
    this.name = name
    this.provider = connect(this.doc)
    onTestFinished(() => {
      this.provider.destroy()
      this.doc.destroy()
    })
  }

  get text(): string {
    return this.doc.getText("codemirror").toString()
  }

  get synced(): boolean {
    return this.provider.synced
  }

  insert(index: number, text: string): void {
    this.doc.getText("codemirror").insert(index, text)
  }

  delete(index: number, length: number): void {
    this.doc.getText("codemirror").delete(index, length)
  }
}

const room = "everybody/here"

function yjsEditors(server: TestServer, token: string): YjsEditor[] {
  return versions.map(
    ({ version, Provider }) =>
      new YjsEditor(version, (doc) => {
        // y-websocket types the standard's class; that of `ws` does what it uses of it.
        const WebSocketPolyfill = WebSocket as unknown as typeof globalThis.WebSocket
        const options = { params: { token }, WebSocketPolyfill, disableBc: true, maxBackoffTime: 200 }
        return new Provider(server.wsUrl, room, doc, options)
      }),
  )
}

class YrsEditor extends YrsClient implements Editor {
  readonly name = "yrs"
}

async function everybody(server: TestServer): Promise<{ yjs: YjsEditor[]; all: Editor[] }> {
  const token = await server.token("editor", room)
  const yjs = yjsEditors(server, token)
  const yrs = new YrsEditor(`${server.wsUrl}/${encodeURIComponent(room)}?token=${token}`)
  const all = [...yjs, yrs]
  await whenSynced(all)
  return { yjs, all }
}

async function whenSynced(editors: readonly Editor[]): Promise<void> {
  await waitFor(
    () => editors.every(({ synced }) => synced),
    () => `synced: ${editors.map(({ name, synced }) => `${name} ${synced}`).join()}`,
  )
}

/** Everybody writes words of their own at places of their own, all at once, and deletes a letter now and then. */
async function typeAll(editors: readonly Editor[], round: number): Promise<void> {
  for (let turn = 0; turn < 15; turn += 1) {
    for (const [who, editor] of editors.entries()) {
      const place = (turn * 7 + who * 13) % (editor.text.length + 1)
      editor.insert(place, `<${round}.${who}.${turn}>`)
      if (turn % 5 === 4) editor.delete(editor.text.length - 1, 1)
    }
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
}

async function whenAlike(editors: readonly Editor[], server: TestServer): Promise<string> {
  const reader = new TestClient(server.wsUrl, { room, token: await server.token("viewer", room) })
  await waitFor(
    () => reader.synced && editors.every(({ text }) => text === reader.text.toString()),
    () => `all say the same: ${editors.map(({ name, text }) => `${name} ${text.length}`).join()}`,
  )
  return reader.text.toString()
}

test("every version of y-websocket and the Rust implementation write one document, through a restart", async () => {
  // What a client cannot read, it says there.
  const complaints = vi.spyOn(console, "error")
  onTestFinished(() => complaints.mockRestore())
  const server = await startServer()
  const { all } = await everybody(server)
  await typeAll(all, 1)
  const before = await whenAlike(all, server)
  expect(before.length).toBeGreaterThan(100)

  await server.stop()
  await typeAll(all, 2)
  const again = await startAgain(server)
  await whenSynced(all)
  await typeAll(all, 3)
  const after = await whenAlike(all, again)
  expect(after.length).toBeGreaterThan(before.length)
  expect(complaints).not.toHaveBeenCalled()
})

test("whoever goes offline and comes back, of whatever version, loses nothing and sees everything", async () => {
  const server = await startServer()
  const { yjs, all } = await everybody(server)
  for (const [who, editor] of yjs.entries()) {
    editor.provider.disconnect()
    editor.insert(0, `[offline ${who}]`)
    for (const other of all)
      if (other !== editor) other.insert(other.text.length, `[${other.name} for ${who}]`)
    editor.provider.connect()
  }
  const text = await whenAlike(all, server)
  for (const who of yjs.keys()) {
    expect(text.split(`[offline ${who}]`)).toHaveLength(2)
    for (const other of all)
      if (other !== yjs[who]) expect(text.split(`[${other.name} for ${who}]`)).toHaveLength(2)
  }
})

test("people of every version see each other, and see whoever leaves leave", async () => {
  const server = await startServer()
  const { yjs } = await everybody(server)
  for (const editor of yjs) editor.provider.awareness.setLocalState({ user: { name: editor.name } })
  const seenBy = (editor: YjsEditor): string =>
    [...editor.provider.awareness.getStates().values()]
      .map((state) => JSON.stringify(state))
      .sort()
      .join()
  const names = (editors: readonly YjsEditor[]): string =>
    editors
      .map(({ name }) => JSON.stringify({ user: { name } }))
      .sort()
      .join()
  await waitFor(
    () => yjs.every((editor) => seenBy(editor) === names(yjs)),
    () => `all see all: ${yjs.map(seenBy).join(" and ")}`,
  )
  const [first, ...rest] = yjs
  first?.provider.disconnect()
  await waitFor(
    () => rest.every((editor) => seenBy(editor) === names(rest)),
    () => `the rest see the rest: ${rest.map(seenBy).join(" and ")}`,
  )
  first?.provider.connect()
  await waitFor(
    () => rest.every((editor) => seenBy(editor) === names(yjs)),
    () => `whoever comes back is seen again: ${rest.map(seenBy).join(" and ")}`,
  )
})

test("a newer client that is refused stays away, and the words that it holds stay with it", async () => {
  const server = await startServer()
  const token = await server.token("editor", "another/room")
  const codes: number[] = []
  const editor = new YjsEditor("3.1.0", (doc) => {
    const WebSocketPolyfill = WebSocket as unknown as typeof globalThis.WebSocket
    const provider = new Provider31(server.wsUrl, room, doc, {
      params: { token },
      WebSocketPolyfill,
      disableBc: true,
    })
    provider.on("closed", ({ code }) => codes.push(code))
    return provider
  })
  editor.insert(0, "mine")
  await waitFor(
    () => codes.length > 0,
    () => "the client is told that it is over",
  )
  expect(codes).toEqual([CloseCode.Forbidden])
  expect(editor.text).toBe("mine")
})
