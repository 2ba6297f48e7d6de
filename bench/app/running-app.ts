import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { DevTools } from "./dev-tools.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const electron = join(root, "node_modules/electron")
const deadlineMs = 30_000
const stopMs = 15_000
/** Looking more often than this would take from the app what it needs to start. */
const lookEveryMs = 5

/** Null, or why the app cannot be measured here. */
export function appMissing(): string | null {
  if (process.platform !== "linux") return "The app is measured on Linux only: elsewhere there is no /proc"
  if (electronProgram() === null) return "Electron is not set up: `npm start` does that"
  const isBuilt = ["main/index.js", "renderer/index.html", "sync-server/index.js"].every((file) =>
    existsSync(join(root, "dist", file)),
  )
  return isBuilt ? null : "The app is not built: run `npm run build` first"
}

function electronProgram(): string | null {
  const name = join(electron, "path.txt")
  if (!existsSync(name)) return null
  return join(
    process.env["ELECTRON_OVERRIDE_DIST_PATH"] ?? join(electron, "dist"),
    readFileSync(name, "utf8"),
  )
}

/** An Electron app that runs, and the way to its pages. */
export class RunningApp {
  readonly child: ChildProcess
  readonly tools: DevTools
  readonly #ended: Promise<unknown>

  private constructor(child: ChildProcess, tools: DevTools, ended: Promise<unknown>) {
    this.child = child
    this.tools = tools
    this.#ended = ended
  }

  /** `program`: what Electron is to run; the app itself unless said otherwise. */
  static async start(options: {
    display: string
    args: readonly string[]
    env?: Readonly<Record<string, string>>
    program?: string
  }): Promise<RunningApp> {
    const path = electronProgram()
    if (path === null) throw new Error("Electron is not set up")
    // Chromium refuses to start as root with its sandbox on.
    const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : []
    const words = [options.program ?? root, ...sandbox, "--remote-debugging-port=0", ...options.args]
    const child = spawn(path, words, {
      env: { ...process.env, DISPLAY: options.display, ...options.env },
      stdio: ["ignore", "ignore", "pipe"],
    })
    const ended = once(child, "exit")
    try {
      return new RunningApp(child, await DevTools.open(await devToolsUrl(child)), ended)
    } catch (error) {
      await end(child, ended)
      throw error
    }
  }

  /** The session of its first page whose address begins so, as soon as there is one. */
  page(urlStart: string): Promise<string> {
    return until("a page", () => this.tools.attach(urlStart))
  }

  async untilTrue(session: string, expression: string): Promise<void> {
    await until(expression, async () =>
      (await this.tools.evaluate(session, expression)) === true ? true : null,
    )
  }

  async stop(): Promise<void> {
    await this.tools.quit().catch(() => undefined) // it is ending already
    this.tools.close()
    await end(this.child, this.#ended)
  }
}

async function devToolsUrl(app: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    let said = ""
    app.once("error", reject)
    app.once("exit", (code) => reject(new Error(`The app ended with ${code}: ${said.slice(-2000)}`)))
    app.stderr?.setEncoding("utf8").on("data", (text: string) => {
      // Read to the end, or the pipe fills and the app stands still.
      if (said.length < 100_000) said += text
      const url = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
      if (url !== undefined) resolve(url)
    })
  })
}

async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const last = performance.now() + deadlineMs
  for (;;) {
    const found = await look()
    if (found !== null) return found
    if (performance.now() > last) throw new Error(`${what} was not there after ${deadlineMs / 1000} s`)
    await delay(lookEveryMs)
  }
}

async function end(app: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (app.exitCode !== null || app.signalCode !== null) return
  const insist = setTimeout(() => app.kill("SIGKILL"), stopMs)
  await ended
  clearTimeout(insist)
}
