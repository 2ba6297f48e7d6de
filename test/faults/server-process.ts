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
  readonly token: string
  readonly #environment: NodeJS.ProcessEnv
  readonly #launched = new Set<ServerProcess>()

  /** @throws Error when the server is not built */
  static async create(): Promise<ServerHome> {
    if (!existsSync(entry)) throw new Error("The server is not built: run `npm run build -- server` first")
    const folder = await mkdtemp(join(tmpdir(), "manyhands-faults-"))
    const environment = {
      PATH: process.env["PATH"],
      HOST: "127.0.0.1",
      PORT: "0",
      DATA_DIR: folder,
      AUTH_SECRET: "only-for-the-fault-tests",
    }
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [entry, "invite", "--role", "editor", "--token"],
      { env: environment },
    )
    return new ServerHome(folder, stdout.trim(), environment)
  }

  private constructor(folder: string, token: string, environment: NodeJS.ProcessEnv) {
    this.folder = folder
    this.token = token
    this.#environment = environment
  }

  /** Starts a server here; it may not listen yet. */
  launch(): ServerProcess {
    const child = spawn(process.execPath, [entry], {
      env: this.#environment,
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
      child.once("exit", (code, signal) => resolve({ code, signal }))
    })
    this.listening = new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`The server does not listen after ${startDeadlineMs} ms: ${this.#printed}`)),
        startDeadlineMs,
      )
      const settle = (): void => clearTimeout(timer)
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        this.#print(text)
        const url = /"event":"listening","url":"([^"]+)"/.exec(this.#printed)?.[1]
        if (url === undefined) return
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

  async socketUrl(room: string): Promise<string> {
    const url = await this.listening
    return `${url.replace(/^http/, "ws")}/${room}?token=${this.#token}&durable=1`
  }

  /** Resolves when the process has ended. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<Ended> {
    this.#child.kill(signal)
    return await this.ended
  }

  #print(text: string): void {
    this.#printed = (this.#printed + text).slice(-20_000)
  }
}
