import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"

/** A screen in memory. */
export class Display {
  /** As in the variable DISPLAY. */
  readonly name: string
  readonly #server: ChildProcess

  private constructor(server: ChildProcess, name: string) {
    this.#server = server
    this.name = name
  }

  static async open(): Promise<Display> {
    const args = ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    const server = spawn("Xvfb", args, { stdio: ["ignore", "ignore", "ignore", "pipe"] })
    const channel = server.stdio[3]
    if (channel === null || channel === undefined || !("read" in channel))
      throw new Error("Xvfb has no channel")
    const number = (await text(channel)).trim()
    if (number === "") throw new Error("Xvfb did not start")
    return new Display(server, `:${number}`)
  }

  async close(): Promise<void> {
    const exited = once(this.#server, "exit")
    this.#server.kill()
    await exited
  }
}
