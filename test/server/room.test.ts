import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import { CloseCode } from "../../protocol/close-code.ts"
import { Limits } from "../../protocol/limits.ts"
import { HostState, writeAwarenessEntries, writeMessage } from "../../protocol/message.ts"
import { batchUpdates } from "../../sync-server/store/apply-log.ts"
import { TestClient } from "./support/client.ts"
import { startServer } from "./support/server.ts"
import { twoUpdates } from "./support/two-updates.ts"
import { waitFor } from "./support/wait-for.ts"

/** An update each. */
function keystrokes(count: number): Uint8Array[] {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on("update", (update: Uint8Array) => updates.push(update))
  for (let index = 0; index < count; index += 1) doc.getText("codemirror").insert(index, "a")
  return updates
}

describe("a room", () => {
  test("brings what one client writes to another, and keeps it over a restart", async () => {
    const first = await startServer()
    const token = await first.token("editor", "notes")
    const ada = await new TestClient(first.wsUrl, { room: "notes", token, durable: 1 }).whenSynced()
    const ben = await new TestClient(first.wsUrl, { room: "notes", token }).whenSynced()
    ada.text.insert(0, "high water")
    await ben.whenText("high water")
    await ada.whenDurable()
    expect(await first.stop()).toEqual([])

    const second = await startServer({ dataDir: first.dataDir })
    const cleo = new TestClient(second.wsUrl, { room: "notes", token })
    await cleo.whenText("high water")
  })

  test("is one document for a hundred clients that come at once", async () => {
    const server = await startServer()
    const token = await server.token("editor", "crowd")
    const clients = Array.from({ length: 100 }, () => new TestClient(server.wsUrl, { room: "crowd", token }))
    await Promise.all(clients.map((client) => client.whenSynced()))
    for (const [index, client] of clients.entries()) client.text.insert(0, `[${index}]`)
    const all = clients.map((_, index) => `[${index}]`)
    for (const client of clients) {
      await waitFor(
        () => all.every((token) => client.text.toString().split(token).length === 2),
        () => "every client has every word once",
      )
    }
    expect(new Set(clients.map((client) => client.text.toString())).size).toBe(1)
  })

  test("does not forget what was written just before the last one left", async () => {
    const server = await startServer()
    const token = await server.token("editor", "short")
    for (let visit = 0; visit < 20; visit += 1) {
      const client = await new TestClient(server.wsUrl, { room: "short", token, durable: 1 }).whenSynced()
      client.text.insert(client.text.length, `${visit};`)
      await client.whenDurable()
      client.close()
    }
    const reader = new TestClient(server.wsUrl, { room: "short", token })
    await reader.whenText(Array.from({ length: 20 }, (_, visit) => `${visit};`).join(""))
  })

  test("keeps and acknowledges an update whose predecessor comes later, over a restart as well", async () => {
    const [one, two] = twoUpdates()
    const first = await startServer()
    const token = await first.token("editor", "gap")
    const client = await new TestClient(first.wsUrl, { room: "gap", token, durable: 1 }).whenSynced()
    client.sendUpdate(two)
    await client.whenDurable()
    expect(client.text.toString()).toBe("")
    await first.stop()

    const second = await startServer({ dataDir: first.dataDir })
    const late = await new TestClient(second.wsUrl, { room: "gap", token, durable: 1 }).whenSynced()
    late.sendUpdate(one)
    await late.whenDurable()
    const reader = new TestClient(second.wsUrl, { room: "gap", token })
    await reader.whenText("one two")
  })

  test("tells the one who brings a missing predecessor of what others had built on it", async () => {
    const [one, two] = twoUpdates()
    const server = await startServer()
    const token = await server.token("editor", "gap")
    const ada = await new TestClient(server.wsUrl, { room: "gap", token, durable: 1 }).whenSynced()
    const ben = await new TestClient(server.wsUrl, { room: "gap", token, durable: 1 }).whenSynced()
    ben.sendUpdate(two)
    await ben.whenDurable()
    Y.applyUpdate(ada.doc, one)
    await ada.whenText("one two")
    await ben.whenText("one two")
  })

  test.each([
    ["as it was typed", (updates: Uint8Array[]) => updates],
    ["in the wrong order", (updates: Uint8Array[]) => updates.toReversed()],
  ])("keeps what comes at once and takes several transactions, %s", async (_how, arranged) => {
    const updates = keystrokes(2 * batchUpdates + 2)
    const first = await startServer()
    const token = await first.token("editor", "fast")
    const ada = await new TestClient(first.wsUrl, { room: "fast", token, durable: 1 }).whenSynced()
    const ben = await new TestClient(first.wsUrl, { room: "fast", token }).whenSynced()
    ada.sent += updates.length
    ada.sendRaw(Buffer.concat(arranged(updates).map((update) => writeMessage({ type: "update", update }))))
    await ada.whenDurable()
    await ben.whenText("a".repeat(updates.length))
    await first.stop()

    const second = await startServer({ dataDir: first.dataDir })
    const cleo = new TestClient(second.wsUrl, { room: "fast", token })
    await cleo.whenText("a".repeat(updates.length))
  })

  test("acknowledges a duplicate", async () => {
    const server = await startServer()
    const token = await server.token("editor", "twice")
    const client = await new TestClient(server.wsUrl, { room: "twice", token, durable: 1 }).whenSynced()
    client.text.insert(0, "once")
    await client.whenDurable()
    client.sendUpdate(Y.encodeStateAsUpdate(client.doc))
    await client.whenDurable()
    expect(client.durable).toBeGreaterThanOrEqual(3)
  })

  test("closes a client that sends what is no update, and harms nobody else", async () => {
    const server = await startServer()
    const token = await server.token("editor", "bad")
    const good = await new TestClient(server.wsUrl, { room: "bad", token, durable: 1 }).whenSynced()
    const bad = await new TestClient(server.wsUrl, { room: "bad", token }).whenSynced()
    good.text.insert(0, "before ")
    bad.sendUpdate(new Uint8Array([1, 200, 200, 200, 7]))
    good.text.insert(7, "after")
    expect(await bad.whenClosed()).toBe(CloseCode.Malformed)
    await good.whenDurable()
    const reader = new TestClient(server.wsUrl, { room: "bad", token })
    await reader.whenText("before after")
  })

  test.each([
    ["a text frame", "hello"],
    ["an unknown message type", new Uint8Array([9])],
    ["a truncated frame", new Uint8Array([0, 2, 200])],
    ["a state vector that is none", new Uint8Array([0, 0, 2, 255, 255])],
  ])("closes a client for %s with a final code", async (_name, frame) => {
    const server = await startServer()
    const token = await server.token("editor", "bad")
    const client = await new TestClient(server.wsUrl, { room: "bad", token }).whenSynced()
    client.sendRaw(frame)
    expect(await client.whenClosed()).toBe(CloseCode.Malformed)
  })

  test.each([
    ["as large as a frame may be is read", Limits.frameBytes, CloseCode.Malformed],
    ["of one byte more is cut off before it is read", Limits.frameBytes + 1, CloseCode.TooBig],
  ])("a frame %s", async (_name, bytes, code) => {
    const server = await startServer()
    const token = await server.token("editor", "large")
    const client = await new TestClient(server.wsUrl, { room: "large", token }).whenSynced()
    // Nines are no message, so a frame that is read ends with 4400.
    client.sendRaw(new Uint8Array(bytes).fill(9))
    expect(await client.whenClosed()).toBe(code)
  })

  test("gives a reader that could not keep up one diff, and loses nothing", async () => {
    const server = await startServer()
    const token = await server.token("editor", "slow")
    const slow = await new TestClient(server.wsUrl, { room: "slow", token }).whenSynced()
    const writer = await new TestClient(server.wsUrl, { room: "slow", token, durable: 1 }).whenSynced()
    slow.pause()
    const page = "x".repeat(200_000)
    for (let index = 0; index < 100; index += 1) {
      writer.text.insert(0, `${index}${page}`)
      await writer.whenDurable()
    }
    slow.resume()
    await waitFor(
      () => slow.text.length === writer.text.length,
      () => `${slow.text.length} of ${writer.text.length} arrived`,
    )
    expect(slow.text.toString()).toBe(writer.text.toString())
    // Twenty megabytes were written; had all been queued, a hundred updates would have come.
    expect(slow.heard.filter(({ type }) => type === "update").length).toBeLessThan(100)
  })

  test("tells a client that asked for it that there is no host above", async () => {
    const server = await startServer()
    const token = await server.token("editor", "top")
    const client = await new TestClient(server.wsUrl, { room: "top", token, durable: 2 }).whenSynced()
    await waitFor(
      () => client.heard.some(({ type }) => type === "durable"),
      () => "a durable message came",
    )
    expect(client.heard.find(({ type }) => type === "durable")).toMatchObject({
      host: { state: HostState.None, waiting: 0 },
    })
  })
})

describe("awareness", () => {
  test("shows who is there to newcomers, and lets go of those who leave", async () => {
    const server = await startServer()
    const token = await server.token("editor", "faces")
    const ada = await new TestClient(server.wsUrl, { room: "faces", token }).whenSynced()
    ada.sendAwareness([{ clientId: 7, clock: 1, state: { user: { name: "Ada" } } }])
    const ben = await new TestClient(server.wsUrl, { room: "faces", token }).whenSynced()
    await waitFor(
      () => ben.awareness.get(7)?.state !== undefined,
      () => "Ben sees Ada",
    )
    ada.close()
    await waitFor(
      () => ben.awareness.get(7)?.state === null,
      () => "Ben sees Ada leave",
    )
  })

  test("cannot be set or cleared by anybody else", async () => {
    const server = await startServer()
    const token = await server.token("editor", "faces")
    const ada = await new TestClient(server.wsUrl, { room: "faces", token }).whenSynced()
    const mallory = await new TestClient(server.wsUrl, { room: "faces", token }).whenSynced()
    const ben = await new TestClient(server.wsUrl, { room: "faces", token }).whenSynced()
    ada.sendAwareness([{ clientId: 7, clock: 1, state: { user: { name: "Ada" } } }])
    await waitFor(
      () => ben.awareness.get(7)?.state !== undefined,
      () => "Ben sees Ada",
    )
    mallory.sendAwareness([{ clientId: 7, clock: 5, state: { user: { name: "Mallory" } } }])
    mallory.sendAwareness([{ clientId: 7, clock: 9, state: null }])
    mallory.sendAwareness([{ clientId: 8, clock: 1, state: { user: { name: "Mallory" } } }])
    await waitFor(
      () => ben.awareness.get(8)?.state !== undefined,
      () => "Ben sees Mallory",
    )
    expect(ben.awareness.get(7)?.state).toEqual({ user: { name: "Ada" } })
    expect(ada.isOpen).toBe(true)
  })

  test("shows a client again that comes back with the clock it had left with", async () => {
    const server = await startServer()
    const token = await server.token("editor", "faces")
    const ben = await new TestClient(server.wsUrl, { room: "faces", token }).whenSynced()
    for (let visit = 0; visit < 3; visit += 1) {
      const ada = await new TestClient(server.wsUrl, { room: "faces", token }).whenSynced()
      ada.sendAwareness([{ clientId: 7, clock: 4, state: { user: { name: "Ada" } } }])
      await waitFor(
        () => (ben.awareness.get(7)?.state ?? null) !== null,
        () => `Ben sees Ada at visit ${visit}`,
      )
      ada.close()
      await waitFor(
        () => ben.awareness.get(7)?.state === null,
        () => `Ben sees Ada leave visit ${visit}`,
      )
    }
  })

  test("of one connection ends at so many clients; the rest is ignored", async () => {
    const server = await startServer()
    const token = await server.token("editor", "faces")
    const crowd = await new TestClient(server.wsUrl, { room: "faces", token }).whenSynced()
    const entry = (clientId: number) => ({ clientId, clock: 1, state: { at: clientId } })
    const ids = Array.from({ length: Limits.awarenessClients + 1 }, (_, index) => index + 1)
    for (let start = 0; start < ids.length; start += 500) {
      crowd.sendAwareness(ids.slice(start, start + 500).map(entry))
    }
    const witness = await new TestClient(server.wsUrl, { room: "faces", token }).whenSynced()
    await waitFor(
      () => witness.awareness.has(Limits.awarenessClients),
      () => `${witness.awareness.size} clients are seen`,
    )
    expect(witness.awareness.has(Limits.awarenessClients + 1)).toBe(false)
  })

  test.each([
    ["as large as it may be passes", 0],
    ["of one byte more ends the connection", 1],
  ])("in a frame %s", async (_name, over) => {
    const server = await startServer()
    const token = await server.token("editor", "faces")
    const client = await new TestClient(server.wsUrl, { room: "faces", token }).whenSynced()
    const witness = await new TestClient(server.wsUrl, { room: "faces", token }).whenSynced()
    const size = (text: string) => writeAwarenessEntries([{ clientId: 1, clock: 1, state: { text } }]).length
    const padding = "x".repeat(Limits.awarenessBytes - size("x".repeat(60_000)) + 60_000 + over)
    expect(size(padding)).toBe(Limits.awarenessBytes + over)
    client.sendAwareness([{ clientId: 1, clock: 1, state: { text: padding } }])
    if (over === 0) {
      await waitFor(
        () => witness.awareness.has(1),
        () => "the witness sees it",
      )
      return
    }
    expect(await client.whenClosed()).toBe(CloseCode.Malformed)
    expect(witness.awareness.has(1)).toBe(false)
  })
})
