import { type UtilityProcess, utilityProcess } from "electron"
import { type EmbeddedCall, type EmbeddedMessage, embeddedMessage } from "../protocol/embedded.ts"

export interface ServerLaunch {
  /** The bundle that `node` runs elsewhere. */
  entry: string
  env: Record<string, string>
}

export interface ServerProcessEvents {
  message(message: EmbeddedMessage): void
  /** It sent what it never should; nothing of it is used. */
  nonsense(error: unknown): void
  output(chunk: Buffer): void
  exited(code: number): void
}

/** One run of the embedded server, from the fork to its exit. */
export class ServerProcess {
  readonly #child: UtilityProcess

  /** Only after Electron's `ready`. */
  constructor({ entry, env }: ServerLaunch, events: ServerProcessEvents) {
    this.#child = utilityProcess.fork(entry, ["serve"], {
      env,
      stdio: "pipe",
      serviceName: "Manyhands sync server",
    })
    this.#child.on("message", (data: unknown) => {
      const parsed = embeddedMessage.safeParse(data)
      if (parsed.success) events.message(parsed.data)
      else events.nonsense(parsed.error)
    })
    this.#child.stdout?.on("data", (chunk: Buffer) => events.output(chunk))
    this.#child.stderr?.on("data", (chunk: Buffer) => events.output(chunk))
    this.#child.once("exit", (code) => events.exited(code))
  }

  get pid(): number | null {
    return this.#child.pid ?? null
  }

  post(call: EmbeddedCall): void {
    this.#child.postMessage(call)
  }

  /** Ends it without a word. A hung process does not hear the polite signal, so it is not sent. */
  kill(): void {
    const { pid } = this
    if (pid === null) return
    try {
      process.kill(pid, "SIGKILL")
    } catch {
      // It has ended by itself meanwhile.
    }
  }
}
