import { describe, expect, test, vi } from "vitest"
import { EmbeddedServer, type RunningServer } from "../../main/embedded-server.ts"
import { jsonLog } from "../../main/log.ts"
import type { ServerProcessEvents } from "../../main/server-process.ts"
import type { EmbeddedCall } from "../../protocol/embedded.ts"
import type { ErrorReport } from "../../protocol/errors.ts"
import type { ServerAddress } from "../../protocol/ipc.ts"

type Run = RunningServer & {
  port: number
  events: ServerProcessEvents
  posted: EmbeddedCall[]
  killed: boolean
}

/** A supervisor whose processes are played by the test. */
function supervised(port = 0) {
  const runs: Run[] = []
  const addresses: (ServerAddress | null)[] = []
  const troubles: (ErrorReport | null)[] = []
  const server = new EmbeddedServer({
    port,
    launch: (wanted) => ({ entry: "server.js", env: { PORT: String(wanted) } }),
    fork: ({ env }, events) => {
      const run: Run = {
        port: Number(env["PORT"]),
        events,
        posted: [],
        killed: false,
        pid: runs.length + 1,
        post: (call) => run.posted.push(call),
        kill: () => {
          run.killed = true
        },
      }
      runs.push(run)
      return run
    },
    output: () => undefined,
    log: jsonLog(() => undefined),
    addressChanged: (address) => addresses.push(address),
    portChanged: () => undefined,
    fileStatus: () => undefined,
    fileNotice: () => undefined,
    absence: () => undefined,
    knocks: () => undefined,
    joinedMoved: () => undefined,
    storeStatus: (trouble) => troubles.push(trouble),
  })
  const last = (): Run => {
    const run = runs.at(-1)
    if (run === undefined) throw new Error("No server was started")
    return run
  }
  return { server, runs, addresses, troubles, last }
}

/** Lets the run come up on the port and give its token. */
function comeUp(run: Run, port: number): void {
  run.events.message({ kind: "listening", url: `ws://127.0.0.1:${port}`, port })
  answer(run, "token", { token: `token-${port}` })
}

function answer(run: Run, kind: string, value: unknown): void {
  const call = run.posted.find(({ request }) => request.kind === kind)
  if (call === undefined) throw new Error(`Was not asked for ${kind}`)
  run.events.message({ kind: "reply", id: call.id, value })
}

async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(() => {
    if (!condition()) throw new Error("not yet")
  }, 10_000)
}

describe("the embedded server's keeper", () => {
  test("tells the address when the server has given its token", () => {
    const { server, addresses, last } = supervised()
    server.start()
    expect(server.address).toBeNull()
    comeUp(last(), 4000)
    expect(addresses).toEqual([{ url: "ws://127.0.0.1:4000", token: "token-4000" }])
  })

  test("starts it again on the same port when it dies, and puts unanswered requests to the new one", async () => {
    const { server, addresses, runs, last } = supervised()
    server.start()
    comeUp(last(), 4000)
    const opening = server.request({ kind: "file-open", path: "/n/a.md" })
    last().events.exited(9)
    expect(addresses.at(-1)).toBeNull()
    await until(() => runs.length === 2)
    expect(last().port).toBe(4000)
    comeUp(last(), 4000)
    answer(last(), "file-open", { room: "r", title: "a" })
    expect(await opening).toEqual({ room: "r", title: "a" })
    expect(addresses.at(-1)).toEqual({ url: "ws://127.0.0.1:4000", token: "token-4000" })
  })

  test("takes a free port when it does not come up on the one of the last time", async () => {
    const { server, runs, last } = supervised(4000)
    server.start()
    expect(last().port).toBe(4000)
    last().events.exited(1)
    await until(() => runs.length === 2)
    expect(last().port).toBe(0)
  })

  test("says so when it does not start again and again, and takes it back when it does", async () => {
    const { server, runs, troubles, last } = supervised()
    server.start()
    for (let failed = 1; failed <= 4; failed++) {
      last().events.exited(1)
      await until(() => runs.length === failed + 1)
    }
    expect(troubles).toMatchObject([{ code: "SERVER_UNAVAILABLE" }])
    comeUp(last(), 4000)
    expect(troubles.at(-1)).toBeNull()
  })

  test("a refusal keeps its code and sentence", async () => {
    const { server, last } = supervised()
    server.start()
    comeUp(last(), 4000)
    const opening = server.request({ kind: "file-open", path: "/n/a.bin" })
    const id = last().posted.at(-1)?.id ?? -1
    const error = { code: "FILE_NOT_TEXT", message: "This is not text." } as const
    last().events.message({ kind: "refusal", id, error })
    await expect(opening).rejects.toMatchObject(error)
  })

  test("a reply of the wrong form is not handed on", async () => {
    const { server, last } = supervised()
    server.start()
    comeUp(last(), 4000)
    const opening = server.request({ kind: "file-open", path: "/n/a.md" })
    answer(last(), "file-open", { room: 7 })
    await expect(opening).rejects.toThrow()
  })

  test("a request that nobody answers is refused in time", async () => {
    vi.useFakeTimers()
    try {
      const { server, last } = supervised()
      server.start()
      comeUp(last(), 4000)
      const refused = expect(server.request({ kind: "share-list" })).rejects.toMatchObject({
        code: "SERVER_UNAVAILABLE",
      })
      await vi.advanceTimersByTimeAsync(60_000)
      await refused
    } finally {
      vi.useRealTimers()
    }
  })

  test("stopping drains once, refuses what waits, and starts nothing again", async () => {
    const { server, runs, last } = supervised()
    server.start()
    comeUp(last(), 4000)
    const refused = expect(server.request({ kind: "share-list" })).rejects.toMatchObject({
      code: "SERVER_UNAVAILABLE",
    })
    const stopped = server.stop()
    expect(server.stop()).toBe(stopped)
    await refused
    expect(last().posted.filter(({ request }) => request.kind === "stop")).toHaveLength(1)
    last().events.exited(0)
    await stopped
    expect(runs).toHaveLength(1)
    await expect(server.request({ kind: "share-list" })).rejects.toMatchObject({ code: "SERVER_UNAVAILABLE" })
  })

  test("a server that does not stop is killed", async () => {
    vi.useFakeTimers()
    try {
      const { server, last } = supervised()
      server.start()
      comeUp(last(), 4000)
      const stopped = server.stop()
      await vi.advanceTimersByTimeAsync(60_000)
      expect(last().killed).toBe(true)
      last().events.exited(137)
      await stopped
    } finally {
      vi.useRealTimers()
    }
  })
})
