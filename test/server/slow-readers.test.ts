import { expect, test } from "vitest"
import * as Y from "yjs"
import { TestClient } from "./support/client.ts"
import { readMetric } from "./support/metrics.ts"
import { startServer, type TestServer } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

const room = "slow"
const page = "x".repeat(200_000)

async function whenBehind(server: TestServer, count: number): Promise<void> {
  await waitFor(
    async () => (await readMetric(server, "connections_behind")) === count,
    () => `${count} readers are left behind`,
  )
}

/** Writes the page anew again and again: much goes over the wire, little stays. */
async function rewrite(writer: TestClient, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) {
    writer.doc.transact(() => {
      writer.text.delete(0, writer.text.length)
      writer.text.insert(0, `${turn}${page}`)
    })
    await writer.whenDurable()
  }
}

test("five readers that stall are sent what they lack in one piece, not all that was written meanwhile", async () => {
  const server = await startServer()
  const token = await server.token("editor", room)
  const readers = await Promise.all(
    Array.from({ length: 5 }, () => new TestClient(server.wsUrl, { room, token }).whenSynced()),
  )
  const writer = await new TestClient(server.wsUrl, { room, token, durable: 1 }).whenSynced()
  for (const reader of readers) reader.pause()
  await rewrite(writer, 200)
  await whenBehind(server, 5)
  for (const reader of readers) reader.resume()
  for (const reader of readers) await reader.whenText(writer.text.toString())
  await whenBehind(server, 0)
  expect(await readMetric(server, "slow_readers_total")).toBeGreaterThanOrEqual(5)
  // 40 MB were written. A megabyte waits in the server, some in the system's own buffers, and then the page comes.
  for (const reader of readers) expect(reader.bytesRead).toBeLessThan(20_000_000)
  writer.text.insert(0, "and on ")
  for (const reader of readers) await reader.whenText(writer.text.toString())
})

test("a reader that is left behind hears of cursors and of its own changes once it has caught up", async () => {
  const server = await startServer()
  const token = await server.token("editor", room)
  const reader = await new TestClient(server.wsUrl, { room, token, durable: 1 }).whenSynced()
  const writer = await new TestClient(server.wsUrl, { room, token, durable: 1 }).whenSynced()
  reader.pause()
  await rewrite(writer, 100)
  await whenBehind(server, 1)
  writer.sendAwareness([{ clientId: 7, clock: 1, state: { user: { name: "Ada" } } }])
  reader.text.insert(0, "still here ")
  await waitFor(
    () => writer.text.toString().includes("still here "),
    () => "it still writes",
  )
  reader.resume()
  await reader.whenText(writer.text.toString())
  await reader.whenDurable()
  await waitFor(
    () => reader.awareness.get(7)?.state !== undefined,
    () => "it sees Ada",
  )
})

test("a reader that is left behind and asks again is answered once it has caught up, however often it asked", async () => {
  const server = await startServer()
  const token = await server.token("editor", room)
  const reader = await new TestClient(server.wsUrl, { room, token }).whenSynced()
  const writer = await new TestClient(server.wsUrl, { room, token, durable: 1 }).whenSynced()
  reader.pause()
  await rewrite(writer, 100)
  await whenBehind(server, 1)
  const stateVector = Y.encodeStateVector(new Y.Doc({ gc: false }))
  const answers = () => reader.heard.filter(({ type }) => type === "sync-step-2").length
  const before = answers()
  for (let time = 0; time < 200; time += 1) reader.send({ type: "sync-step-1", stateVector })
  // Everything that it sent has been read once this has come around.
  reader.text.insert(0, "asked ")
  await waitFor(
    () => writer.text.toString().includes("asked "),
    () => "the questions came",
  )
  reader.resume()
  await reader.whenText(writer.text.toString())
  await waitFor(
    () => answers() > before,
    () => "it is answered",
  )
  expect(answers() - before).toBeLessThan(10)
})
