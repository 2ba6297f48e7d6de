import { describe, expect, test } from "vitest"
import { healthcheck } from "../../sync-server/healthcheck.ts"
import { FaultyStore } from "./support/faulty-store.ts"
import { startServer } from "./support/server.ts"

describe("the health check of a container", () => {
  test("passes on why the server is not ready", async () => {
    const store = new FaultyStore()
    store.disk = "full"
    const server = await startServer({ store })
    const environment = { HOST: "127.0.0.1", PORT: String(server.port) }
    expect(await healthcheck(environment)).toEqual({
      isReady: false,
      sentence:
        'not ready: {"ready":false,"notReady":[{"what":"store","why":"The disk that the store is on is full"}]}',
    })
  })

  test("says that the server is ready", async () => {
    const server = await startServer()
    const environment = { HOST: "127.0.0.1", PORT: String(server.port) }
    expect(await healthcheck(environment)).toEqual({ isReady: true, sentence: "ready" })
  })

  test("says that nobody answers", async () => {
    const server = await startServer()
    await server.stop()
    const { isReady, sentence } = await healthcheck({ HOST: "127.0.0.1", PORT: String(server.port) })
    expect([isReady, sentence]).toEqual([false, expect.stringMatching(/^no answer: .*ECONNREFUSED/)])
  })
})
