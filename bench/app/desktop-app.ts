import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { memory, processTree } from "../process-figures.ts"
import { DevTools } from "./dev-tools.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const electron = join(root, "node_modules/electron")
const deadlineMs = 30_000
const stopMs = 15_000
/** Looking more often than this would take from the app what it needs to start. */
const lookEveryMs = 5
/** Until the processes that were needed for the start only have gone, and the first garbage too. */
const settleMs = 3000
const editor = "document.querySelector('.cm-content')"
const letter = "q"
/** Of somebody who has told their name: who has not is asked for it before they can write. */
const settings = {
  person: { id: "bench", name: "Ada", peer: 1 },
  theme: "light",
  recent: [],
  windows: [],
  ports: { local: 0, share: 0 },
}

export interface AppStart {
  /** Milliseconds since the process was asked for: the window has a page, the editor holds the file, the key's letter is in it. */
  page: number
  editor: number
  keystroke: number
  /** MiB, all processes of the app together. */
  pss: number
  processes: number
}

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

/** Starts the app on a file with a profile of its own, waits for the editor, presses one key, and ends it again. */
export async function startApp(display: string): Promise<AppStart> {
  const folder = await mkdtemp(join(tmpdir(), "manyhands-app-"))
  const file = join(folder, "note.md")
  await writeFile(file, "# A note\n\nIt was here before.\n")
  await mkdir(join(folder, "profile"))
  await writeFile(join(folder, "profile/settings.json"), JSON.stringify(settings))
  const startedAt = performance.now()
  const app = launch(display, [
    `--user-data-dir=${join(folder, "profile")}`,
    "--remote-debugging-port=0",
    file,
  ])
  const ended = once(app, "exit")
  try {
    const tools = await DevTools.open(await devToolsUrl(app))
    try {
      return await measure(app, tools, startedAt)
    } finally {
      await tools.quit().catch(() => undefined)
      tools.close()
    }
  } finally {
    await end(app, ended)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

function launch(display: string, args: readonly string[]): ChildProcess {
  const program = electronProgram()
  if (program === null) throw new Error("Electron is not set up")
  // Chromium refuses to start as root with its sandbox on.
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : []
  return spawn(program, [root, ...sandbox, ...args], {
    env: { ...process.env, DISPLAY: display },
    stdio: ["ignore", "ignore", "pipe"],
  })
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

async function measure(app: ChildProcess, tools: DevTools, startedAt: number): Promise<AppStart> {
  const since = (): number => performance.now() - startedAt
  const session = await until("a page", () => tools.attach("app://"))
  const page = since()
  await untilTrue(tools, session, `${editor}?.textContent.includes("here before") === true`)
  const editorThere = since()
  // The text can be read before it can be written.
  await untilTrue(tools, session, `${editor}.getAttribute("aria-readonly") !== "true"`)
  await tools.evaluate(session, `${editor}.focus()`)
  await tools.press(session, letter)
  await untilTrue(tools, session, `${editor}.textContent.includes("${letter}")`)
  const keystroke = since()
  await delay(settleMs)
  return { page, editor: editorThere, keystroke, ...(await memoryOf(app)) }
}

async function memoryOf(app: ChildProcess): Promise<{ pss: number; processes: number }> {
  if (app.pid === undefined) throw new Error("The app has no process")
  const pids = await processTree(app.pid)
  const figures = await Promise.all(pids.map(memory))
  return { pss: figures.reduce((sum, { pss }) => sum + pss, 0), processes: pids.length }
}

async function untilTrue(tools: DevTools, session: string, expression: string): Promise<void> {
  await until(expression, async () => ((await tools.evaluate(session, expression)) === true ? true : null))
}

async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const found = await look()
    if (found !== null) return found
    if (performance.now() > end) throw new Error(`${what} was not there after ${deadlineMs / 1000} s`)
    await delay(lookEveryMs)
  }
}

async function end(app: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (app.exitCode !== null || app.signalCode !== null) return
  const insist = setTimeout(() => app.kill("SIGKILL"), stopMs)
  await ended
  clearTimeout(insist)
}
