import { once } from "node:events"
import { expect, onTestFinished, test } from "vitest"
import { WebSocket } from "ws"
import { joinsWorthCollecting } from "../../sync-server/sync-server.ts"
import { TestClient } from "./support/client.ts"
import { startServer, type TestServer } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

/** Shorter than in earnest, and still longer than any pause of the writer below. */
const idleTiming = { lookMs: 20, quietMs: 3_000, betweenMs: 0 }

test("a server whose rooms have gone collects their memory once nobody writes any more", async () => {
  const server = await startServer({ idleTiming })
  const writer = await join(server, "written")
  const visitor = await join(server, "visited")
  visitor.close()
  let unloaded = 0
  await waitFor(
    async () => {
      writer.text.insert(0, "x")
      await writer.whenDurable()
      if (server.server.registry.unloads > 0) unloaded += 1
      return unloaded > 100
    },
    () => "the visited room has gone, and somebody went on writing for a while",
  )
  expect(await collections(server)).toBe(0)
  await waitFor(
    async () => (await collections(server)) > 0,
    () => "memory is collected",
  )
  // Whoever only reads is still there, and nothing has become of the document.
  writer.text.insert(0, "y")
  await writer.whenDurable()
  const reader = await join(server, "written")
  await reader.whenText(writer.text.toString())
})

test("a crowd that came and only reads leaves its handshakes behind, and those are collected; a few are not worth it", async () => {
  const server = await startServer({ idleTiming: { lookMs: 10, quietMs: 50, betweenMs: 0 } })
  const token = await server.token("viewer", "read")
  const sockets: WebSocket[] = []
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate()
  })
  const enter = async (): Promise<void> => {
    const socket = new WebSocket(`${server.wsUrl}/read?token=${token}`)
    sockets.push(socket)
    await once(socket, "open")
  }
  for (let joins = 1; joins < joinsWorthCollecting; joins += 1) await enter()
  let looks = 0
  await waitFor(
    async () => {
      expect(await collections(server)).toBe(0)
      looks += 1
      return looks > 100
    },
    () => "it was looked at often enough",
  )
  await enter()
  await waitFor(
    async () => (await collections(server)) > 0,
    () => "memory is collected",
  )
})

async function join(server: TestServer, room: string): Promise<TestClient> {
  const token = await server.token("editor", room)
  return await new TestClient(server.wsUrl, { room, token, durable: 1 }).whenSynced()
}

async function collections(server: TestServer): Promise<number> {
  const page = await (await fetch(`${server.httpUrl}/metrics`)).text()
  return Number(/^manyhands_idle_collection_seconds_count (\d+)$/m.exec(page)?.[1])
}
