import { type ChildProcessByStdio, spawn } from "node:child_process"
import { once } from "node:events"
import { resolve } from "node:path"
import { createInterface, type Interface } from "node:readline"
import type { Readable, Writable } from "node:stream"
import type { Namespaces, Side } from "./namespaces.ts"
import { type SiteAnswer, type SiteCall, type SiteView, siteAnswer } from "./site-calls.ts"

const program = resolve(import.meta.dirname, "site.ts")

/** A site that runs in its namespace. Calls are made one after the other. */
export class SiteProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>
  readonly #reader: Interface
  #last: Promise<unknown> = Promise.resolve()

  constructor(namespaces: Namespaces, side: Side, dataDir: string) {
    const [command = "", ...words] = [...namespaces.prefix(side), process.execPath, program]
    const env = {
      ...process.env,
      PORT: "0",
      DATA_DIR: dataDir,
      SITE_HOST: namespaces.addressOf(side),
    }
    this.#child = spawn(command, words, { env, stdio: ["pipe", "pipe", "inherit"] })
    this.#reader = createInterface({ input: this.#child.stdout })
    this.#lines = this.#reader[Symbol.asyncIterator]()
  }

  call(call: SiteCall): Promise<SiteAnswer> {
    const answer = this.#last.then(async () => {
      this.#child.stdin.write(`${JSON.stringify(call)}\n`)
      const { value, done } = await this.#lines.next()
      if (done === true) throw new Error(`The site ended before it answered ${call.do}`)
      return siteAnswer.parse(JSON.parse(value))
    })
    this.#last = answer.catch(() => undefined) // whoever called is told
    return answer
  }

  async look(person: number): Promise<SiteView> {
    const { view } = await this.call({ do: "look", person })
    if (view === undefined) throw new Error("The site answers a look with a view")
    return view
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const exited = once(this.#child, "exit")
    this.#child.stdin.end()
    await exited
    this.#reader.close()
  }
}
