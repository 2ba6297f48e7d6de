import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { join, resolve } from "node:path"
import { createInterface } from "node:readline"
import { z } from "zod"

const entry = resolve(import.meta.dirname, "../../../dist/sync-server/index.js")
const listening = z.object({ event: z.literal("listening"), url: z.string() })

/** An owner's link of a server that runs already, such as a real container, instead of a process of the test's own. */
const given = process.env["STANDING_SERVER_LINK"]

/** The server as it runs in a container, which is always there. */
export class StandingServer {
  readonly url: string
  readonly #child: ChildProcess | null
  readonly #env: NodeJS.ProcessEnv

  private constructor(child: ChildProcess | null, env: NodeJS.ProcessEnv, url: string) {
    this.#child = child
    this.#env = env
    this.url = url
  }

  static async start(folder: string): Promise<StandingServer> {
    if (given !== undefined) return new StandingServer(null, {}, new URL(given).origin)
    const env = { ...process.env, PORT: "0", DATA_DIR: join(folder, "standing"), AUTH: "token" }
    const child = spawn(process.execPath, [entry], { env, stdio: ["ignore", "pipe", "ignore"] })
    for await (const line of createInterface({ input: child.stdout })) {
      const parsed = listening.safeParse(jsonOf(line))
      if (parsed.success) {
        child.stdout.resume()
        return new StandingServer(child, env, parsed.data.url)
      }
    }
    throw new Error("The server ended before it listened")
  }

  /** The link that it gives its owner. */
  get ownersLink(): string {
    if (given !== undefined) return given
    const words = [entry, "invite", "--role", "owner", "--token"]
    const token = execFileSync(process.execPath, words, { env: this.#env, encoding: "utf8" }).trim()
    return `${this.url.replace(/^ws/, "http")}/#token=${token}`
  }

  async stop(): Promise<void> {
    if (this.#child === null || this.#child.exitCode !== null) return
    const exited = once(this.#child, "exit")
    this.#child.kill("SIGTERM")
    await exited
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null // words for people
  }
}
