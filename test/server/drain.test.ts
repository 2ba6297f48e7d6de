import { connect } from "node:net"
import { describe, expect, onTestFinished, test } from "vitest"
import * as Y from "yjs"
import { CloseCode } from "../../protocol/close-code.ts"
import { parseRoomName } from "../../protocol/room-name.ts"
import { LmdbStore } from "../../sync-server/store/lmdb-store.ts"
import type { RoomUpdate } from "../../sync-server/store/store.ts"
import { ServerHome, type ServerProcess } from "../faults/server-process.ts"
import { openCrowd } from "./support/crowd.ts"
import { RawClient } from "./support/raw-client.ts"
import { waitFor } from "./support/wait-for.ts"

const startMoments = 20

async function temporaryHome(): Promise<ServerHome> {
  const home = await ServerHome.create()
  onTestFinished(() => home.remove())
  return home
}

/** The document that a stopped server has left. */
async function documentIn(folder: string, room: string): Promise<Y.Doc> {
  const store = new LmdbStore(folder)
  const stored = await store.load(parseRoomName(room))
  await store.close()
  const doc = new Y.Doc()
  if (stored === null) return doc
  if (stored.snapshot !== null) Y.applyUpdate(doc, stored.snapshot)
  for (const update of stored.updates) Y.applyUpdate(doc, update)
  return doc
}

async function whenSaid(server: ServerProcess, event: string): Promise<void> {
  await waitFor(
    () => server.printed.includes(`"event":"${event}"`),
    () => `the server says "${event}": ${server.printed}`,
  )
}

function portIsOpen(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) })
    socket.on("connect", () => {
      socket.destroy()
      resolve(true)
    })
    socket.on("error", () => resolve(false))
  })
}

/** A text of so many letters, typed letter by letter: as many entries of a log. */
async function typeIntoStore(folder: string, room: string, letters: number): Promise<void> {
  const store = new LmdbStore(folder)
  const doc = new Y.Doc()
  let batch: RoomUpdate[] = []
  let sequence = 0
  doc.on("update", (update: Uint8Array) => {
    sequence += 1
    batch.push({
      room: parseRoomName(room),
      sequence,
      update,
      time: 1_700_000_000_000 + sequence,
      authors: ["Ada"],
    })
  })
  for (let letter = 0; letter < letters; letter += 1) {
    doc.getText("codemirror").insert(letter, "x")
    if (batch.length < 5_000 && letter < letters - 1) continue
    await store.append(batch)
    batch = []
  }
  await store.close()
}

describe("SIGTERM", () => {
  test("with 2,000 idle and 200 writing clients: 1012 for all, nothing acknowledged lost, exit code 0", async () => {
    const home = await temporaryHome()
    const server = home.launch()
    const url = (await server.listening).replace(/^http/, "ws")
    const crowd = await openCrowd({ url, token: home.token, idle: 2_000, writing: 200 })
    const ended = server.end("SIGTERM")
    const { codes, outcomes } = await crowd.closed
    expect(await ended).toEqual({ code: 0, signal: null })

    expect(codes).toHaveLength(2_200)
    expect(new Set(codes)).toEqual(new Set([CloseCode.Draining]))
    expect(outcomes).toHaveLength(200)
    const counts = new Map<string, Y.Map<unknown>>()
    for (const { room, name, acknowledged } of outcomes) {
      const kept = counts.get(room) ?? (await documentIn(home.folder, room)).getMap("counts")
      counts.set(room, kept)
      expect(acknowledged).toBeGreaterThan(0)
      expect(kept.get(name)).toBeGreaterThanOrEqual(acknowledged)
    }
  })

  test("once more ends the waiting for a client that does not answer; the store is closed all the same", async () => {
    const home = await temporaryHome()
    const server = home.launch()
    const said: number[] = []
    const client = new RawClient(await server.socketUrl("notes"), {
      answersClose: false,
      onMessage: () => said.push(1),
    })
    await client.opened
    await waitFor(
      () => said.length > 0,
      () => "the client is greeted",
    )
    server.signal("SIGTERM")
    await whenSaid(server, "draining")
    expect(await server.end("SIGTERM")).toEqual({ code: 1, signal: null })
    expect(server.printed).toMatch(/"event":"stopped","unfinished":\["clients"/)
    expect(await client.closed).toBe(CloseCode.Draining)
    const next = home.launch()
    await next.listening
    expect((await next.end("SIGTERM")).code).toBe(0)
  })

  test("cuts a client that does not answer, long before the deadline", async () => {
    const home = await temporaryHome()
    const server = home.launch({ SHUTDOWN_TIMEOUT_MS: "600000" })
    const client = new RawClient(await server.socketUrl("notes"), { answersClose: false })
    await client.opened
    expect(await server.end("SIGTERM")).toEqual({ code: 0, signal: null })
    expect(await client.closed).toBe(CloseCode.Draining)
  })

  test(`at ${startMoments} moments of a start: it ends, with 0, and leaves no port open`, async () => {
    const home = await temporaryHome()
    await typeIntoStore(home.folder, "notes", 3_000)
    const begin = performance.now()
    const first = home.launch()
    await first.listening
    const startMs = performance.now() - begin
    expect((await first.end("SIGTERM")).code).toBe(0)

    for (let moment = 0; moment < startMoments; moment += 1) {
      const server = home.launch()
      await new Promise((resolve) => setTimeout(resolve, (moment / startMoments) * startMs * 1.2))
      const ended = await server.end("SIGTERM")
      // Before the first line of the server runs, Node itself ends of the signal; nothing is open by then.
      const isBeforeAll = ended.signal === "SIGTERM" && server.printed === ""
      if (!isBeforeAll) expect(ended, server.printed).toEqual({ code: 0, signal: null })
      const url = await server.listening.catch(() => null)
      if (url !== null) expect(await portIsOpen(url)).toBe(false)
    }
    expect((await documentIn(home.folder, "notes")).getText("codemirror").length).toBe(3_000)
  })

  test("during the compaction of a large log: it is given up, and the log is whole", async () => {
    const letters = 60_000
    const home = await temporaryHome()
    await typeIntoStore(home.folder, "long", letters)
    const server = home.launch()
    const client = new RawClient(await server.socketUrl("long"))
    await client.opened
    await waitFor(
      async () => (await server.metric("manyhands_compacting")) === 1,
      () => "a log is compacted",
    )
    expect(await server.end("SIGTERM")).toEqual({ code: 0, signal: null })
    expect((await documentIn(home.folder, "long")).getText("codemirror").length).toBe(letters)
  })
})
