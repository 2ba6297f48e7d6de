import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"
import { z } from "zod"

const entry = fileURLToPath(new URL("../../../sync-server/index.ts", import.meta.url))
const line = z.object({ event: z.string(), url: z.string() })

/** A server in a process of its own, so that it can be killed as a power cut would. */
export class ChildServer {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#ended = new Promise((resolve) => child.once("exit", () => resolve()))
    onTestFinished(() => this.kill())
  }

  /** Starts it, and answers it with its address once it listens. */
  static async start(env: Record<string, string>): Promise<{ child: ChildServer; url: string }> {
    const process_ = spawn(process.execPath, ["--experimental-strip-types", "--no-warnings", entry], {
      env: { PATH: process.env["PATH"], HOST: "127.0.0.1", PORT: "0", ...env },
      stdio: ["ignore", "pipe", "inherit"],
    })
    const child = new ChildServer(process_)
    for await (const text of createInterface({ input: process_.stdout })) {
      const { success, data } = line.safeParse(JSON.parse(text))
      if (success && data.event === "listening") return { child, url: data.url }
    }
    throw new Error("The server ended before it listened")
  }

  /** It runs no further, and its sockets stay open. */
  freeze(): void {
    this.#child.kill("SIGSTOP")
  }

  /** SIGKILL: nothing is finished, nothing is said. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL")
    await this.#ended
  }
}
