import { expect, test } from "vitest"
import { TestClient } from "./support/client.ts"
import { FaultyStore } from "./support/faulty-store.ts"
import { readMetric } from "./support/metrics.ts"
import { startServer } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

const room = "hung"
const page = "x".repeat(1_000_000)
const turns = 30
/** What may wait for the disk, and what may come before everybody has noticed. */
const mostBytes = 32 * 1024 * 1024 + 16 * page.length
const timing = { lookMs: 10, quietMs: 50, silentMs: 1_000 }
/** So many signs of life for somebody quiet take longer than silence may last. */
const signsOfLife = 40

test("while the disk hangs, writers wait, readers read, and nothing is lost or acknowledged too early", async () => {
  const store = new FaultyStore()
  const server = await startServer({ store, timing })
  const token = await server.token("editor", room)
  const writers = await Promise.all(
    Array.from({ length: 2 }, () => new TestClient(server.wsUrl, { room, token, durable: 1 }).whenSynced()),
  )
  const reader = await new TestClient(server.wsUrl, { room, token }).whenSynced()
  await Promise.all(writers.map((writer) => writer.whenDurable()))
  const acknowledged = writers.map(({ durable }) => durable)
  store.disk = "hangs"
  for (let turn = 1; turn <= turns; turn += 1) {
    for (const [index, writer] of writers.entries()) writer.doc.getMap("pages").set(`${index}, ${turn}`, page)
  }
  await waitFor(
    async () => (await readMetric(server, "connections_paused")) === 2,
    () => "both writers are paused",
  )
  const signs = () => reader.heard.filter(({ type }) => type === "awareness").length
  const before = signs()
  await waitFor(
    () => signs() > before + signsOfLife,
    () => "the server has looked at its clients often",
  )
  expect(writers.every(({ isOpen }) => isOpen)).toBe(true)
  expect(await readMetric(server, "append_queue_bytes")).toBeLessThan(mostBytes)
  expect(writers.map(({ durable }) => durable)).toEqual(acknowledged)
  expect(writers.some(({ bufferedAmount }) => bufferedAmount > 0)).toBe(true)
  reader.sendAwareness([{ clientId: 7, clock: 1, state: { user: { name: "Ada" } } }])
  await waitFor(
    () => writers.every((writer) => writer.awareness.get(7)?.state !== undefined),
    () => "the writers see the reader's cursor",
  )

  store.disk = "well"
  await Promise.all(writers.map((writer) => writer.whenDurable()))
  await waitFor(
    () => reader.doc.getMap("pages").size === 2 * turns,
    () => `every page arrived: ${reader.doc.getMap("pages").size}`,
  )
  expect(await readMetric(server, "connections_paused")).toBe(0)
})

test("a writer that goes away while it is paused leaves nothing behind", async () => {
  const store = new FaultyStore()
  const server = await startServer({ store, timing })
  const token = await server.token("editor", room)
  const writer = await new TestClient(server.wsUrl, { room, token }).whenSynced()
  const reader = await new TestClient(server.wsUrl, { room, token }).whenSynced()
  writer.sendAwareness([{ clientId: 7, clock: 1, state: { user: { name: "Ada" } } }])
  await waitFor(
    () => (reader.awareness.get(7)?.state ?? null) !== null,
    () => "the reader sees the writer",
  )
  store.disk = "hangs"
  for (let turn = 1; turn <= 2 * turns; turn += 1) writer.doc.getMap("pages").set(String(turn), page)
  await waitFor(
    async () => (await readMetric(server, "connections_paused")) === 1,
    () => "the writer is paused",
  )
  writer.close()
  await waitFor(
    () => reader.awareness.get(7)?.state === null,
    () => "the reader sees the writer leave",
  )
  store.disk = "well"
  await waitFor(
    async () => (await readMetric(server, "connections")) === 1,
    () => "only the reader is left",
  )
})
