import { describe, expect, test } from "vitest"
import { CloseCode } from "../../protocol/close-code.ts"
import { TestClient } from "./support/client.ts"
import { startServer } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

describe("the probes", () => {
  test("say that all is well, as JSON", async () => {
    const server = await startServer()
    const live = await fetch(`${server.httpUrl}/healthz`)
    const ready = await fetch(`${server.httpUrl}/readyz`)
    expect([live.status, await live.json()]).toEqual([200, { ok: true }])
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, notReady: [] }])
  })

  test("say during a drain that nobody may come, and why, while the process is still alive", async () => {
    const server = await startServer()
    const token = await server.token("editor", "notes")
    // A client that answers no close frame holds the drain for as long as it is paused.
    const client = await new TestClient(server.wsUrl, { room: "notes", token }).whenSynced()
    client.pause()
    const stopping = server.stop()
    const ready = await fetch(`${server.httpUrl}/readyz`)
    expect(ready.status).toBe(503)
    expect(await ready.json()).toEqual({
      ready: false,
      notReady: [{ what: "drain", why: "The server is stopping" }],
    })
    expect((await fetch(`${server.httpUrl}/healthz`)).status).toBe(200)
    const late = new TestClient(server.wsUrl, { room: "notes", token })
    expect(await late.whenClosed()).toBe(CloseCode.Draining)
    client.resume()
    expect(await stopping).toEqual([])
  })
})

describe("requests that make no sense", () => {
  test.each([
    ["an address that is no address", "/%", 400],
    ["an address whose coding is broken", "/%E0%A4%A", 400],
    ["a page that is not there", "/nothing/here", 404],
    ["a probe that is written to", "/healthz", 404],
  ])("%s: the answer says whose fault it is", async (_, path, status) => {
    const server = await startServer()
    const method = path === "/healthz" ? "POST" : "GET"
    expect((await fetch(`${server.httpUrl}${path}`, { method })).status).toBe(status)
  })
})

describe("a drain", () => {
  test("sends everybody away with a code after which they come back, and keeps what it acknowledged", async () => {
    const server = await startServer()
    const token = await server.token("editor", "notes")
    const clients = await Promise.all(
      Array.from({ length: 30 }, () =>
        new TestClient(server.wsUrl, { room: "notes", token, durable: 1 }).whenSynced(),
      ),
    )
    for (const [index, client] of clients.entries()) client.text.insert(0, `<${index}>`)
    expect(await server.stop()).toEqual([])
    for (const client of clients) expect(await client.whenClosed()).toBe(CloseCode.Draining)

    const again = await startServer({ dataDir: server.dataDir })
    const reader = await new TestClient(again.wsUrl, { room: "notes", token }).whenSynced()
    for (const [index, client] of clients.entries()) {
      // Its first sync message is the answer to step 1, the second its word.
      if (client.durable >= 2) expect(reader.text.toString()).toContain(`<${index}>`)
    }
  })

  test("is bounded: it names what it could not finish, and the store is closed all the same", async () => {
    const server = await startServer({ env: { SHUTDOWN_TIMEOUT_MS: "100" } })
    const token = await server.token("editor", "notes")
    const client = await new TestClient(server.wsUrl, { room: "notes", token, durable: 1 }).whenSynced()
    client.text.insert(0, "kept")
    await client.whenDurable()
    client.pause()
    expect(await server.stop()).toContain("clients")
    const again = await startServer({ dataDir: server.dataDir })
    const reader = new TestClient(again.wsUrl, { room: "notes", token })
    await reader.whenText("kept")
  })

  test("answers the same to everybody who asks for it", async () => {
    const server = await startServer()
    const [first, second] = await Promise.all([server.stop(), server.stop()])
    expect(first).toBe(second)
  })

  test("ends at once when it is hurried", async () => {
    const server = await startServer({ env: { SHUTDOWN_TIMEOUT_MS: "600000" } })
    const token = await server.token("editor", "notes")
    const client = await new TestClient(server.wsUrl, { room: "notes", token }).whenSynced()
    client.pause()
    const stopping = server.stop()
    let stopped = false
    void stopping.then(() => {
      stopped = true
    })
    await fetch(`${server.httpUrl}/healthz`)
    expect(stopped).toBe(false)
    server.server.hurry()
    await waitFor(
      () => stopped,
      () => "the drain has ended",
    )
    expect(await stopping).toContain("clients")
  })
})
