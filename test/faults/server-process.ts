import { type ChildProcess, execFile, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const entry = fileURLToPath(new URL("../../dist/sync-server/index.js", import.meta.url))
const startDeadlineMs = 60_000

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A data folder on a real disk, a secret, and a token that opens every room: what outlives one server process. */
export class ServerHome {
  readonly folder: string
  /** An editor's, for every room, without an end. */
  token = ""
  readonly #environment: NodeJS.ProcessEnv
  readonly #launched = new Set<ServerProcess>()

  /**
   * Without `folder` it gets one of its own, in the system's place for such.
   * @throws Error when the server is not built
   */
  static async create(options: { folder?: string } = {}): Promise<ServerHome> {
    if (!existsSync(entry)) throw new Error("The server is not built: run `npm run build -- server` first")
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "manyhands-faults-")))
    const home = new ServerHome(folder)
    home.token = await home.invite()
    return home
  }

  private constructor(folder: string) {
    this.folder = folder
    this.#environment = {
      PATH: process.env["PATH"],
      HOST: "127.0.0.1",
      PORT: "0",
      DATA_DIR: folder,
      AUTH_SECRET: "only-for-the-fault-tests",
    }
  }

  /** Makes an editor's token. `expires`: after which time, as the command line takes it; without it, never. */
  async invite(expires?: string): Promise<string> {
    const args = [
      "invite",
      "--role",
      "editor",
      "--token",
      ...(expires === undefined ? [] : ["--expires", expires]),
    ]
    const { stdout } = await promisify(execFile)(process.execPath, [entry, ...args], {
      env: this.#environment,
    })
    return stdout.trim()
  }

  /** Starts a server here, the built one or another program; it may not listen yet. */
  launch(
    environment: Readonly<Record<string, string>> = {},
    { program = entry }: { program?: string } = {},
  ): ServerProcess {
    const child = spawn(process.execPath, [program], {
      env: { ...this.#environment, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    })
    const server = new ServerProcess(child, this.token)
    this.#launched.add(server)
    void server.ended.then(() => this.#launched.delete(server))
    return server
  }

  /** Ends every server that a failed test has left here, and removes the folder. */
  async remove(): Promise<void> {
    await Promise.all([...this.#launched].map((server) => server.end("SIGKILL")))
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** One server process, from its launch to its end. */
export class ServerProcess {
  /** Resolves with the base URL when it listens. Rejects when it ends before, or takes too long. */
  readonly listening: Promise<string>
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  readonly #token: string
  #printed = ""

  constructor(child: ChildProcess, token: string) {
    this.#child = child
    this.#token = token
    this.ended = new Promise((resolve) => {
      // Not "exit": what it has printed is all here then.
      child.once("close", (code, signal) => resolve({ code, signal }))
    })
    this.listening = new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`The server does not listen after ${startDeadlineMs} ms: ${this.#printed}`)),
        startDeadlineMs,
      )
      const settle = (): void => clearTimeout(timer)
      let isListening = false
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        this.#print(text)
        if (isListening) return
        const url = /"event":"listening","url":"([^"]+)"/.exec(this.#printed)?.[1]
        if (url === undefined) return
        isListening = true
        settle()
        resolve(url)
      })
      child.once("error", reject)
      void this.ended.then(({ code, signal }) => {
        settle()
        reject(new Error(`The server ended with ${code ?? signal} before it listened: ${this.#printed}`))
      })
    })
    // Whoever kills it before it listens does not wait for this promise.
    this.listening.catch(() => undefined)
    child.stderr?.setEncoding("utf8").on("data", (text: string) => this.#print(text))
  }

  /** The last of what it printed, for the message of a failure. */
  get printed(): string {
    return this.#printed
  }

  /** Of the process. */
  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error("The server could not be started")
    return pid
  }

  async socketUrl(room: string, token = this.#token): Promise<string> {
    const url = await this.listening
    return `${url.replace(/^http/, "ws")}/${room}?token=${token}&durable=1`
  }

  /** What /healthz or /readyz answers. */
  async probe(path: "/healthz" | "/readyz"): Promise<{ status: number; body: string }> {
    const answer = await fetch(new URL(path, await this.listening))
    return { status: answer.status, body: await answer.text() }
  }

  /** What /metrics says of one of its figures. */
  async metric(name: string): Promise<number> {
    const answer = await fetch(new URL("/metrics", await this.listening))
    const line = (await answer.text()).split("\n").find((text) => text.startsWith(`${name} `))
    if (line === undefined) throw new Error(`There is no metric ${name}`)
    return Number(line.slice(name.length + 1))
  }

  /** Resolves when the process has ended. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<Ended> {
    this.signal(signal)
    return await this.ended
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  #print(text: string): void {
    this.#printed = (this.#printed + text).slice(-20_000)
  }
}
