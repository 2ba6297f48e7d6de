import { describe, expect, onTestFinished, test } from "vitest"
import * as Y from "yjs"
import { parseRoomName } from "../../protocol/room-name.ts"
import { longLogBytes, mostLingering } from "../../sync-server/sync/room-registry.ts"
import { TestClient } from "./support/client.ts"
import { startServer, type TestServer } from "./support/server.ts"
import { twoUpdates } from "./support/two-updates.ts"
import { waitFor } from "./support/wait-for.ts"

/** Later than any document goes on living without a change. */
const longAfterMs = 60_000

describe("a document that nobody edits", () => {
  test("rests as bytes, is given to newcomers from there, and lives again for the next edit", async () => {
    const server = await startServer()
    const writer = await join(server, "quiet")
    writer.text.insert(0, "high water")
    await writer.whenDurable()
    await goQuiet(server)
    expect(server.server.registry.counts()).toEqual({ loading: 0, live: 0, resting: 1, unloading: 0 })

    const reader = await join(server, "quiet")
    await reader.whenText("high water")
    expect(server.server.registry.counts().resting).toBe(1)

    writer.text.insert(0, "very ")
    await writer.whenDurable()
    await reader.whenText("very high water")
    expect(server.server.registry.counts()).toMatchObject({ live: 1, resting: 0 })
  })

  test("goes on resting for those who come back with what it has", async () => {
    const server = await startServer()
    const writer = await join(server, "quiet")
    writer.text.insert(0, "high water")
    writer.text.delete(0, 5)
    await writer.whenDurable()
    await goQuiet(server)
    const before = writer.durable
    writer.sendUpdate(Y.encodeStateAsUpdate(writer.doc))
    await writer.whenDurable()
    expect(writer.durable).toBe(before + 1)
    expect(server.server.registry.counts().resting).toBe(1)
  })

  test("is the same over rest, edit, rest and a restart, with updates that wait for a predecessor", async () => {
    const server = await startServer()
    const writer = await join(server, "gap")
    const [one, two] = twoUpdates()
    writer.sendUpdate(two)
    await writer.whenDurable()
    await goQuiet(server)
    await goQuiet(server)
    await server.stop()

    const again = await startServer({ dataDir: server.dataDir })
    const late = await join(again, "gap")
    await goQuiet(again)
    late.sendUpdate(one)
    await late.whenDurable()
    await goQuiet(again)
    const reader = await join(again, "gap")
    await reader.whenText("one two")
  })

  test("rests from the first on, where it was only loaded and read, with a log and without", async () => {
    const server = await startServer()
    const writer = await join(server, "read")
    writer.text.insert(0, "high water")
    writer.text.delete(0, 5)
    await writer.whenDurable()
    await server.stop()

    const again = await startServer({ dataDir: server.dataDir })
    const reader = await join(again, "read")
    await reader.whenText("water")
    expect(again.server.registry.counts()).toMatchObject({ live: 0, resting: 1 })
    reader.text.insert(0, "low ")
    await reader.whenDurable()
    const other = await join(again, "read")
    await other.whenText("low water")
    expect(again.server.registry.counts()).toMatchObject({ live: 1, resting: 0 })
  })

  test("is compacted: a long log is a snapshot when it is loaded next", async () => {
    const server = await startServer()
    const writer = await join(server, "long")
    for (let index = 0; index < 30; index += 1) {
      writer.text.insert(writer.text.length, `${index};`)
      await writer.whenDurable()
    }
    const { registry } = server.server
    const handle = await registry.acquire(parseRoomName("long"))
    expect(handle.room.logLength).toBeGreaterThan(1)
    await goQuiet(server)
    expect(handle.room.logLength).toBe(0)
    handle.release()
  })
})

test("rooms that were left stay for those who come back, but only so many of them: the one left first goes", async () => {
  const { registry } = (await startServer()).server
  const names = Array.from({ length: mostLingering + 1 }, (_, index) => parseRoomName(`room ${index}`))
  const handles = await Promise.all(names.map((name) => registry.acquire(name)))
  for (const handle of handles.slice(1)) handle.release()
  await new Promise((resolve) => setImmediate(resolve))
  expect(registry.unloads).toBe(0)
  // Used again and left again, so now it is the last.
  const again = await registry.acquire(parseRoomName("room 1"))
  again.release()
  handles[0]?.release()
  await waitFor(
    () => registry.unloads > 0,
    () => "a room has gone",
  )
  expect(registry.unloads).toBe(1)
  const kept = new Set(registry.rooms.map(({ name }) => name))
  expect(names.filter((name) => !kept.has(name))).toEqual(["room 2"])
})

describe("a document that is never quiet", () => {
  test.each([
    { size: "that is large", bytes: longLogBytes, isCompacted: true },
    { size: "that is not quite", bytes: longLogBytes - 10_000, isCompacted: false },
  ])("is compacted when it has a log $size: $isCompacted", async ({ bytes, isCompacted }) => {
    const server = await startServer()
    const writer = await join(server, "busy")
    const pastes = 10
    for (let paste = 0; paste < pastes; paste += 1) {
      writer.text.delete(0, writer.text.length)
      writer.text.insert(0, "x".repeat(Math.ceil(bytes / pastes)))
      await writer.whenDurable()
    }
    const { registry } = server.server
    const handle = await registry.acquire(parseRoomName("busy"))
    onTestFinished(() => handle.release())
    await registry.sweep(performance.now())
    expect(handle.room.logLength === 0).toBe(isCompacted)
    expect(handle.room.storedBytes.log === 0).toBe(isCompacted)
    expect(handle.room.isResting).toBe(false)
  })
})

async function join(server: TestServer, room: string): Promise<TestClient> {
  const token = await server.token("editor", room)
  return new TestClient(server.wsUrl, { room, token, durable: 1 }).whenSynced()
}

/** What happens when nobody has edited for a while. */
function goQuiet(server: TestServer): Promise<void> {
  return server.server.registry.sweep(performance.now() + longAfterMs)
}
