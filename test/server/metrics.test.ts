import { stat } from "node:fs/promises"
import { expect, test } from "vitest"
import { CloseCode } from "../../protocol/close-code.ts"
import { storeFile } from "../../sync-server/store/lmdb-store.ts"
import { TestClient } from "./support/client.ts"
import { FaultyStore } from "./support/faulty-store.ts"
import { startServer, type TestServer } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

/** Every figure of /metrics under its name and labels, as they are written there. */
async function figuresOf(server: TestServer): Promise<(name: string) => number | undefined> {
  const answer = await fetch(`${server.httpUrl}/metrics`)
  expect(answer.headers.get("content-type")).toContain("text/plain; version=0.0.4")
  const lines = (await answer.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"))
  const figures = new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(" ")
      return [line.slice(0, end), Number(line.slice(end + 1))]
    }),
  )
  return (name) => figures.get(`manyhands_${name}`)
}

async function whenFigure(server: TestServer, name: string, value: number): Promise<void> {
  let last: number | undefined
  await waitFor(
    async () => {
      last = (await figuresOf(server))(name)
      return last === value
    },
    () => `${name} is ${value}; it is ${last}`,
  )
}

test("the metrics say what clients did, and what it took", async () => {
  const server = await startServer()
  const token = await server.token("editor", "notes")
  const writer = await new TestClient(server.wsUrl, { room: "notes", token, durable: 1 }).whenSynced()
  const reader = await new TestClient(server.wsUrl, { room: "notes", token, durable: 1 }).whenSynced()
  const stranger = new TestClient(server.wsUrl, { room: "notes", token: "made up" })
  expect(await stranger.whenClosed()).toBe(CloseCode.Unauthorized)
  for (const letter of "counted") {
    writer.text.insert(0, letter)
    await writer.whenDurable()
  }
  writer.sendAwareness([{ clientId: 7, clock: 1, state: { user: { name: "Ada" } } }])
  await waitFor(
    () => reader.awareness.get(7)?.state !== undefined,
    () => "the reader sees Ada",
  )
  await reader.whenText("detnuoc")
  await reader.whenDurable()

  const figure = await figuresOf(server)
  expect(figure("connections")).toBe(2)
  expect(figure("connections_waiting")).toBe(0)
  expect(figure("connections_behind")).toBe(0)
  expect(figure("connections_paused")).toBe(0)
  expect(figure("joins_total")).toBe(2)
  expect(figure('refusals_total{code="4401"}')).toBe(1)
  expect(figure("awareness_entries")).toBe(1)
  expect(figure("rooms_loaded")).toBe(1)
  expect(figure('rooms{state="live"}')).toBe(1)
  expect(figure('rooms{state="resting"}')).toBe(0)
  expect(figure("room_loads_total")).toBe(1)
  expect(figure("room_unloads_total")).toBe(0)

  expect(figure("updates_received_total")).toBe(writer.sent + reader.sent)
  expect(figure("updates_durable_total")).toBe(7)
  expect(figure("commit_updates_sum")).toBe(7)
  expect(figure("commit_updates_count")).toBe(7)
  expect(figure('commit_updates_bucket{le="1"}')).toBe(7)
  expect(figure("commit_seconds_count")).toBe(7)
  expect(figure("commit_seconds_sum")).toBeGreaterThan(0)
  expect(figure("flush_updates_sum")).toBeGreaterThanOrEqual(7)
  expect(figure("flush_seconds_count")).toBe(figure("flush_updates_count"))
  expect(figure('flush_window_seconds_bucket{le="+Inf"}')).toBe(figure("flush_seconds_count"))
  expect(figure("flush_window_seconds_sum")).toBeGreaterThanOrEqual(0.016 * 7)
  expect(figure("append_queue_updates")).toBe(0)
  expect(figure("append_queue_bytes")).toBe(0)
  expect(figure("append_oldest_seconds")).toBe(0)
  expect(figure("append_failures_total")).toBe(0)

  expect(figure("first_states_total")).toBe(2)
  expect(figure("first_states_compressed_total")).toBe(0)
  expect(figure("first_state_bytes_total")).toBeGreaterThan(0)
  expect(figure("slow_readers_total")).toBe(0)
  expect(figure("store_bytes")).toBe((await stat(storeFile(server.dataDir))).size)
  expect(figure("draining")).toBe(0)
  await waitFor(
    async () => ((await figuresOf(server))("event_loop_delay_seconds_count") ?? 0) > 0,
    () => "the event loop was looked at",
  )
})

test("the metrics follow a room out of memory, and count the compaction of its log", async () => {
  const server = await startServer()
  const token = await server.token("editor", "notes")
  const writer = await new TestClient(server.wsUrl, { room: "notes", token, durable: 1 }).whenSynced()
  // Each change waits for the one before, so that it is an entry of the log.
  for (let letter = 0; letter < 30; letter += 1) {
    writer.text.insert(0, "x")
    await writer.whenDurable()
  }
  writer.close()
  await whenFigure(server, "connections", 0)
  await whenFigure(server, "room_unloads_total", 1)
  await whenFigure(server, "rooms_loaded", 0)
  await whenFigure(server, "compaction_seconds_count", 1)
  await whenFigure(server, "compacting", 0)
  expect((await figuresOf(server))("compaction_failures_total")).toBe(0)
})

test("the metrics show a disk that takes no writes, and a stop", async () => {
  const store = new FaultyStore()
  const server = await startServer({ store })
  const token = await server.token("editor", "notes")
  const writer = await new TestClient(server.wsUrl, { room: "notes", token, durable: 1 }).whenSynced()
  store.disk = "full"
  const text = "a letter that waits for the disk"
  writer.text.insert(0, text)
  await waitFor(
    async () => ((await figuresOf(server))("append_failures_total") ?? 0) >= 2,
    () => "the disk refused twice",
  )
  const figure = await figuresOf(server)
  expect(figure("connections_waiting")).toBe(1)
  expect(figure("append_queue_updates")).toBe(1)
  expect(figure("append_queue_bytes")).toBeGreaterThanOrEqual(text.length)
  expect(figure("append_oldest_seconds")).toBeGreaterThan(0)
  expect(figure("updates_durable_total")).toBe(0)

  const stopping = server.stop()
  expect((await figuresOf(server))("draining")).toBe(1)
  store.disk = "well"
  expect(await stopping).toEqual([])
})
