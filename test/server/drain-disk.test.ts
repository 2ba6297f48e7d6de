import { pino } from "pino"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { CloseCode } from "../../protocol/close-code.ts"
import { readConfig } from "../../sync-server/config.ts"
import { SyncServer } from "../../sync-server/sync-server.ts"
import { TestClient } from "./support/client.ts"
import { FaultyStore } from "./support/faulty-store.ts"
import { startServer, temporaryFolder } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

const readinessAnswer = z.object({ notReady: z.array(z.object({ why: z.string() })) })

async function readiness(url: string): Promise<{ status: number; why: string[] }> {
  const answer = await fetch(`${url}/readyz`)
  const { notReady } = readinessAnswer.parse(await answer.json())
  return { status: answer.status, why: notReady.map(({ why }) => why) }
}

describe("a server whose disk does not take writes", () => {
  test("says why nobody may be sent there, serves from memory, and is ready again by itself", async () => {
    const store = new FaultyStore()
    const server = await startServer({ store })
    const token = await server.token("editor", "notes")
    const [writer, reader] = await Promise.all(
      [1, 2].map(() => new TestClient(server.wsUrl, { room: "notes", token, durable: 1 }).whenSynced()),
    )
    if (writer === undefined || reader === undefined) throw new Error("There are two")
    expect(await readiness(server.httpUrl)).toEqual({ status: 200, why: [] })
    await writer.whenDurable()

    store.disk = "full"
    writer.text.insert(0, "kept in memory")
    await reader.whenText("kept in memory")
    await waitFor(
      async () => (await readiness(server.httpUrl)).status === 503,
      () => "it is not ready",
    )
    expect((await readiness(server.httpUrl)).why).toEqual(["The disk that the store is on is full"])
    expect((await fetch(`${server.httpUrl}/healthz`)).status).toBe(200)
    expect(writer.durable).toBeLessThan(writer.sent)

    store.disk = "well"
    await writer.whenDurable()
    expect(await readiness(server.httpUrl)).toEqual({ status: 200, why: [] })
  })

  test.each(["full", "hangs"] as const)(
    "(%s) is stopped at its deadline, tells everybody, and names what is lost",
    async (disk) => {
      const store = new FaultyStore()
      const server = await startServer({ store, env: { SHUTDOWN_TIMEOUT_MS: "500" } })
      const token = await server.token("editor", "notes")
      const client = await new TestClient(server.wsUrl, { room: "notes", token, durable: 1 }).whenSynced()
      await client.whenDurable()
      store.disk = disk
      const before = store.appends
      client.text.insert(0, "lost")
      await waitFor(
        () => store.appends > before,
        () => "the disk was asked",
      )
      const unfinished = await server.stop()
      expect(unfinished).toEqual(expect.arrayContaining(["inboxes", "rooms", "appends"]))
      expect(unfinished.includes("store")).toBe(disk === "hangs")
      expect(await client.whenClosed()).toBe(CloseCode.Draining)
      expect(client.durable).toBeLessThan(client.sent)
      if (disk === "full") expect(store.isClosed).toBe(true)
      store.disk = "well"
    },
  )

  test("that is only slow tells everybody what is on disk before it sends them away", async () => {
    const store = new FaultyStore()
    const server = await startServer({ store })
    const token = await server.token("editor", "notes")
    const clients = await Promise.all(
      Array.from({ length: 10 }, () =>
        new TestClient(server.wsUrl, { room: "notes", token, durable: 1 }).whenSynced(),
      ),
    )
    store.disk = "hangs"
    const before = store.appends
    for (const [index, client] of clients.entries()) client.text.insert(0, `<${index}>`)
    await waitFor(
      async () => {
        const text = await (await fetch(`${server.httpUrl}/metrics`)).text()
        return text.includes(`manyhands_connections_waiting ${clients.length}\n`) && store.appends > before
      },
      () => "everybody waits for the disk",
    )
    const stopping = server.stop()
    expect((await readiness(server.httpUrl)).status).toBe(503)
    expect(clients.every(({ closeCode }) => closeCode === null)).toBe(true)
    store.disk = "well"
    expect(await stopping).toEqual([])
    for (const client of clients) {
      expect(await client.whenClosed()).toBe(CloseCode.Draining)
      expect(client.durable).toBe(client.sent)
    }
  })
})

describe("a stop", () => {
  test("at every turn of a start ends it: with everything closed, however far it was", async () => {
    for (let turns = 0; turns < 25; turns += 1) {
      const store = new FaultyStore()
      // Rooms that wait for a host that is not there: they are loaded right after the server listens.
      for (const room of ["one", "two", "three"]) {
        const origin = "http://127.0.0.1:9"
        const record = { origin, token: "none", title: room, by: "", role: "editor" }
        await store.putRecord(`replica/${room}`, JSON.stringify(record))
        await store.putRecord(`unsent/${room}`, "{}")
      }
      const dataDir = temporaryFolder()
      const server = new SyncServer({
        config: readConfig({ DATA_DIR: dataDir, PORT: "0", AUTH: "none" }),
        webFolder: dataDir,
        logger: pino({ level: "silent" }),
        store,
      })
      const started = server.start().then(
        (port) => ({ port, code: null }),
        (error: unknown) => ({
          port: null,
          code: error instanceof Error && "code" in error ? error.code : error,
        }),
      )
      for (let turn = 0; turn < turns; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve))
      expect(await server.drain()).toEqual([])
      expect(store.isClosed).toBe(true)
      const { port, code } = await started
      if (port === null) expect(code).toBe("SERVER_UNAVAILABLE")
      else await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow()
      await expect(server.listen("127.0.0.1", 0)).rejects.toThrow("The server is stopping")
    }
  })

  test("closes a port that is just being opened", async () => {
    // A name is looked up before the port is opened, so the stop may come in between.
    for (let turns = 0; turns < 5; turns += 1) {
      const server = await startServer()
      const opened = server.server.share("localhost", 0).catch(() => null) // refused is as good
      for (let turn = 0; turn < turns; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve))
      await server.stop()
      const port = await opened
      if (port !== null) await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow()
    }
  })
})
