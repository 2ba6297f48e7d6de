import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { pino } from "pino"
import { describe, expect, onTestFinished, test } from "vitest"
import type { EmbeddedCall, EmbeddedMessage } from "../../protocol/embedded.ts"
import { EmbeddedEndpoint } from "../../sync-server/embedded.ts"
import { temporaryFolder } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

const entry = fileURLToPath(new URL("../../sync-server/index.ts", import.meta.url))
const port = new URL("./parent-port-child.ts", import.meta.url).href

/** The server as the desktop app starts it: its requests come over a parent port. */
class Embedded {
  readonly said: EmbeddedMessage[] = []
  readonly ended: Promise<number | null>
  readonly #child: ChildProcess

  constructor() {
    this.#child = spawn(
      process.execPath,
      ["--experimental-strip-types", "--no-warnings", "--import", port, entry],
      {
        env: { PATH: process.env["PATH"], DATA_DIR: temporaryFolder(), PORT: "0", LOG_LEVEL: "silent" },
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      },
    )
    this.#child.on("message", (message: EmbeddedMessage) => this.said.push(message))
    this.ended = new Promise((resolve) => this.#child.on("exit", resolve))
    onTestFinished(() => {
      this.#child.kill("SIGKILL")
    })
  }

  ask(call: EmbeddedCall): void {
    this.#child.send(call)
  }

  async whenSaid(kind: EmbeddedMessage["kind"]): Promise<void> {
    await waitFor(
      () => this.said.some((message) => message.kind === kind),
      () => `it says "${kind}": ${JSON.stringify(this.said)}`,
    )
  }
}

describe("the server inside the app", () => {
  test("says where it listens, answers, and stops when it is asked to", async () => {
    const server = new Embedded()
    await server.whenSaid("listening")
    server.ask({ id: 1, request: { kind: "token" } })
    await server.whenSaid("reply")
    server.ask({ id: 2, request: { kind: "stop" } })
    expect(await server.ended).toBe(0)
    expect(server.said.map(({ kind }) => kind)).toEqual(["listening", "reply", "reply"])
  })

  test("stops though the app quits while it still starts", async () => {
    const server = new Embedded()
    server.ask({ id: 1, request: { kind: "stop" } })
    expect(await server.ended).toBe(0)
    expect(server.said).toContainEqual({ kind: "reply", id: 1, value: {} })
  })

  test("stops, and refuses all else, before it serves", () => {
    const said: unknown[] = []
    const stops: string[] = []
    let tell: (data: unknown) => void = () => undefined
    new EmbeddedEndpoint({
      port: {
        on: (_, listener) => {
          tell = (data) => listener({ data })
        },
        postMessage: (message) => said.push(message),
      },
      logger: pino({ level: "silent" }),
      stop: () => stops.push("asked"),
    })
    tell({ id: 1, request: { kind: "share-list" } })
    tell({ id: 2, request: { kind: "stop" } })
    tell({ id: 3, request: { kind: "no such request" } })
    const error = { code: "SERVER_UNAVAILABLE", message: "The server is still starting" }
    expect(said).toEqual([
      { kind: "refusal", id: 1, error },
      { kind: "reply", id: 2, value: {} },
    ])
    expect(stops).toEqual(["asked"])
  })
})
