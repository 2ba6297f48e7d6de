/** The servers that are measured side by side, and how each is started. */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { CpuMeter } from "./cpu-meter.ts"
import type { DialectName } from "./load/dialect.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
/** The package exports what the server is made of, but not the server. */
const yWebsocketServer = fileURLToPath(
  new URL("src/server.js", import.meta.resolve("@y/websocket-server/package.json")),
)
const stopMs = 15_000
/** Characters of its output that are shown of a server that failed. */
const lastWords = 2_000

export interface Contender {
  readonly name: string
  readonly dialect: DialectName
  /** Null, or why it cannot be measured here. */
  missing(): string | null
  /** Everything that is done before the server is started, so that a start measures the start alone. */
  prepare(): Promise<Launch>
}

export interface Launch {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** The address of a room, once the server has printed the line that it is ready. */
  url(readyLine: string, room: string): string
  /** What it left on the disk goes. */
  cleanUp(): Promise<void>
}

export const manyhands: Contender = {
  name: "Manyhands",
  dialect: "y-websocket",
  missing: () =>
    existsSync(join(root, "dist/sync-server/index.js")) ? null : "It is not built: run `npm run build` first",
  async prepare() {
    const entry = join(root, "dist/sync-server/index.js")
    const folder = await mkdtemp(join(tmpdir(), "manyhands-bench-"))
    const env = {
      HOST: "127.0.0.1",
      PORT: "0",
      DATA_DIR: folder,
      AUTH: "token",
      AUTH_SECRET: randomBytes(32).toString("hex"),
    }
    const invite = await promisify(execFile)(
      process.execPath,
      [entry, "invite", "--role", "editor", "--token"],
      { env },
    )
    const token = invite.stdout.trim()
    return {
      args: [entry],
      env,
      url(readyLine, room) {
        const base = /"url":"http(:[^"]+)"/.exec(readyLine)?.[1]
        if (base === undefined) throw new Error(`The server's ready line names no URL: ${readyLine}`)
        return `ws${base.replace(/\/$/, "")}/${room}?token=${token}&durable=1`
      },
      cleanUp: () => rm(folder, { recursive: true, force: true }),
    }
  },
}

export const yWebsocket: Contender = {
  name: "@y/websocket-server",
  dialect: "y-websocket",
  missing: () => null,
  prepare: () => peer(yWebsocketServer, (room) => room),
}

export const hocuspocus: Contender = {
  name: "Hocuspocus",
  dialect: "hocuspocus",
  missing: () => null,
  prepare: () => peer(join(root, "bench/peers/hocuspocus.ts"), () => ""),
}

export const relay: Contender = {
  name: "blind relay",
  dialect: "y-websocket",
  missing: () => null,
  prepare: () => peer(join(root, "bench/peers/relay.ts"), (room) => room),
}

const batchingRelay: Contender = {
  name: "blind relay, every 16 ms",
  dialect: "y-websocket",
  missing: () => null,
  prepare: () => peer(join(root, "bench/peers/relay.ts"), (room) => room, { WINDOW_MS: "16" }),
}

export const contenders: readonly Contender[] = [manyhands, yWebsocket, hocuspocus, relay]
/** How often one writes makes a difference only where much is written. */
export const fanOutContenders: readonly Contender[] = [...contenders, batchingRelay]

/** The same server under another name, and with more in the environment that it was to be started with. */
export function variant(
  contender: Contender,
  name: string,
  more: (env: Launch["env"]) => Launch["env"],
): Contender {
  return {
    name,
    dialect: contender.dialect,
    missing: () => contender.missing(),
    async prepare() {
      const launch = await contender.prepare()
      return { ...launch, env: { ...launch.env, ...more(launch.env) } }
    },
  }
}

/** They cannot say which port they got, so one is looked for first. */
async function peer(
  entry: string,
  path: (room: string) => string,
  more: Record<string, string> = {},
): Promise<Launch> {
  const port = await freePort()
  return {
    args: [entry],
    env: { HOST: "127.0.0.1", PORT: String(port), ...more },
    url: (_readyLine, room) => `ws://127.0.0.1:${port}/${path(room)}`,
    cleanUp: async () => {},
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (address === null || typeof address === "string") throw new Error("A TCP server has no port")
  return address.port
}

export class RunningServer {
  readonly pid: number
  /** Of `performance.now()`: when the process was asked for. */
  readonly startedAt: number
  readonly cpu: CpuMeter
  readonly #child: ChildProcess
  readonly #launch: Launch
  readonly #readyLine: string

  /**
   * Resolves when the server says that it listens. With `inspect` its CPU meter can say where the time went.
   * @throws Error when it ends before.
   */
  static async start(launch: Launch, { inspect = false } = {}): Promise<RunningServer> {
    const inspectorPort = inspect ? await freePort() : null
    const inspector =
      inspectorPort === null ? [] : [`--inspect=127.0.0.1:${inspectorPort}`, "--inspect-publish-uid=http"]
    const startedAt = performance.now()
    const child = spawn(process.execPath, [...inspector, ...launch.args], {
      cwd: root,
      env: { ...process.env, ...launch.env },
      stdio: ["ignore", "pipe", "inherit"],
    })
    const readyLine = await new Promise<string>((resolve, reject) => {
      let printed = ""
      child.on("error", reject)
      child.on("exit", (code) =>
        reject(new Error(`The server ended with ${code} before it listened: ${printed}`)),
      )
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        // Read to the end, or the pipe fills and the server stands still; kept only until it is ready.
        if (printed.length < 100_000) printed += text
        const whole = printed.slice(0, printed.lastIndexOf("\n") + 1)
        const line = whole.split("\n").find((one) => /"event":"listening"|^running/.test(one))
        if (line !== undefined) resolve(line)
      })
    })
    if (child.pid === undefined) throw new Error("A server that listens has no process")
    let said = ""
    child.stdout.on("data", (text: string) => {
      said = (said + text).slice(-lastWords)
    })
    child.on("exit", (code, signal) => {
      // Whoever asked it to end knows why.
      if (!child.killed && code !== 0 && signal !== "SIGKILL")
        console.error(`The server ended with ${code ?? signal}: ${said}`)
    })
    const cpu = new CpuMeter(child.pid, inspectorPort)
    return new RunningServer(child, child.pid, { launch, readyLine, startedAt, cpu })
  }

  private constructor(
    child: ChildProcess,
    pid: number,
    started: { launch: Launch; readyLine: string; startedAt: number; cpu: CpuMeter },
  ) {
    const { launch, readyLine, startedAt, cpu } = started
    this.pid = pid
    this.startedAt = startedAt
    this.cpu = cpu
    this.#child = child
    this.#launch = launch
    this.#readyLine = readyLine
  }

  url(room: string): string {
    return this.#launch.url(this.#readyLine, room)
  }

  /** Asks it to end, and sees to it that it does. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, "exit")
      this.#child.kill("SIGTERM")
      const insist = setTimeout(() => this.#child.kill("SIGKILL"), stopMs)
      await gone
      clearTimeout(insist)
    }
    await this.#launch.cleanUp()
  }
}
