/** A real sync server, as `npm run build` makes it, in a process and a data folder of its own, on a free port. */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import { z } from "zod"
import type { Role } from "../../../protocol/role.ts"

const entry = resolve(import.meta.dirname, "../../../dist/sync-server/index.js")
const logLine = z.looseObject({ event: z.string(), url: z.string().optional() })

export interface InviteChoice {
  role: Role
  room?: string
  /** As the command line takes it, such as `7d`. */
  expires?: string
}

export class GuestServer {
  readonly url: string
  readonly #folder: string
  readonly #env: NodeJS.ProcessEnv
  #child: ChildProcess

  private constructor(url: string, options: { folder: string; env: NodeJS.ProcessEnv; child: ChildProcess }) {
    this.url = url
    this.#folder = options.folder
    this.#env = options.env
    this.#child = options.child
  }

  static async start(): Promise<GuestServer> {
    const folder = await mkdtemp(join(tmpdir(), "manyhands-guest-"))
    const env = { ...process.env, HOST: "127.0.0.1", PORT: "0", DATA_DIR: folder }
    const { child, url } = await listen(env)
    return new GuestServer(url, { folder, env: { ...env, PORT: new URL(url).port }, child })
  }

  /** Prints an invite link, as an operator would. */
  async invite({ role, room, expires }: InviteChoice): Promise<string> {
    const args = [entry, "invite", "--role", role, "--url", this.url]
    if (room !== undefined) args.push("--room", room)
    if (expires !== undefined) args.push("--expires", expires)
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: this.#env })
    return stdout.trim()
  }

  /** Ends the process without notice, as a power cut would. */
  async kill(): Promise<void> {
    const exited = once(this.#child, "exit")
    this.#child.kill("SIGKILL")
    await exited
  }

  /** Starts it again at the same address, on the same data. */
  async restart(): Promise<void> {
    const { child } = await listen(this.#env)
    this.#child = child
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, "exit")
      this.#child.kill("SIGTERM")
      await exited
    }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function listen(env: NodeJS.ProcessEnv): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [entry], { env, stdio: ["ignore", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`The server ended with ${code} before it listened`)))
    lines.on("line", (text) => {
      const line = logLine.parse(JSON.parse(text))
      if (line.event === "listening" && line.url !== undefined) resolve(line.url)
    })
  })
  return { child, url }
}
