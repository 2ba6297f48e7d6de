/**
 * Starts the built desktop app as a person would, each time in a folder of its own, and always ends it. Run by root it
 * has no sandbox (Chromium refuses); `npm test` runs it as an ordinary user for that reason.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import {
  test as base,
  type ElectronApplication,
  _electron as electron,
  expect,
  type Page,
} from "@playwright/test"
import { z } from "zod"
import type { IpcArguments, IpcChannel, IpcResults } from "../../../protocol/ipc.ts"

const appFolder = resolve(import.meta.dirname, "../../..")
const isRoot = process.getuid?.() === 0

const logLine = z.looseObject({ event: z.string(), pid: z.number().optional(), url: z.string().optional() })
export type LogLine = z.infer<typeof logLine>

/** One test's place on the disk, and the apps that it has started. */
export class Desk {
  readonly root: string
  readonly #apps: DesktopApp[] = []

  constructor(root: string) {
    this.root = root
  }

  /** Writes a file below the root, and returns its path. */
  async write(path: string, text: string): Promise<string> {
    const file = join(this.root, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    return file
  }

  /** Starts the app of a profile, which other starts share by its name. */
  async launch(args: readonly string[] = [], profile = "profile"): Promise<DesktopApp> {
    const folder = join(this.root, profile)
    const handle = await electron.launch({
      args: [...electronArguments(folder), appFolder, ...args],
      cwd: this.root,
      env: this.#environment(),
      chromiumSandbox: !isRoot,
    })
    const app = new DesktopApp(handle, folder)
    this.#apps.push(app)
    return app
  }

  /** Starts it a second time for the same profile; resolves with the exit code. */
  async startAgain(args: readonly string[], profile = "profile"): Promise<number | null> {
    const executable: unknown = createRequire(import.meta.url)("electron")
    if (typeof executable !== "string") throw new Error("The electron package names no executable")
    const words = [...electronArguments(join(this.root, profile)), appFolder, ...args]
    const child: ChildProcess = spawn(executable, words, {
      cwd: this.root,
      env: this.#environment(),
      stdio: "ignore",
    })
    const [code] = await once(child, "exit")
    return typeof code === "number" ? code : null
  }

  async dispose(): Promise<void> {
    for (const app of this.#apps) await app.close()
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 })
  }

  #environment(): Record<string, string> {
    const own = Object.entries(process.env).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    )
    // Links, and the listener behind them, stay on this computer.
    return { ...Object.fromEntries(own), MANYHANDS_SHARE_HOST: "127.0.0.1" }
  }
}

function electronArguments(profile: string): string[] {
  return [...(isRoot ? ["--no-sandbox"] : []), "--disable-gpu", `--user-data-dir=${profile}`]
}

/** One running app. */
export class DesktopApp {
  readonly electron: ElectronApplication
  readonly profile: string
  #ended = false

  constructor(handle: ElectronApplication, profile: string) {
    this.electron = handle
    this.profile = profile
    handle.process().once("exit", () => {
      this.#ended = true
    })
  }

  firstWindow(): Promise<Page> {
    return this.electron.firstWindow()
  }

  /** The window with this title, now or as soon as it is there. */
  async window(title: string): Promise<Page> {
    let found: Page | undefined
    await expect(async () => {
      const windows = await this.#titled()
      found = windows.get(title)
      expect([...windows.keys()]).toContain(title)
    }).toPass({ timeout: 15_000 })
    if (found === undefined) throw new Error("unreachable: the loop above has found it")
    return found
  }

  async #titled(): Promise<Map<string, Page>> {
    const pages = this.electron.windows()
    return new Map(await Promise.all(pages.map(async (page) => [await this.titleOf(page), page] as const)))
  }

  async titleOf(page: Page): Promise<string> {
    const window = await this.electron.browserWindow(page)
    return window.evaluate((browser) => browser.getTitle())
  }

  /** What the app has logged under the event since the profile was made, the last one last. */
  async logged(event: string): Promise<LogLine[]> {
    const text = await readFile(join(this.profile, "logs/app.log"), "utf8").catch(() => "")
    const lines = text.split("\n").filter((line) => line !== "")
    return lines.map((line) => logLine.parse(JSON.parse(line))).filter((line) => line.event === event)
  }

  /** Resolves when the event has been logged `count` times, with the last one. */
  async untilLogged(event: string, count = 1): Promise<LogLine> {
    await expect.poll(async () => (await this.logged(event)).length, event).toBeGreaterThanOrEqual(count)
    const last = (await this.logged(event)).at(-1)
    if (last === undefined) throw new Error(`${event} was logged and is gone`)
    return last
  }

  /** The process of the embedded server, once it has come up `starts` times. */
  async serverPid(starts = 1): Promise<number> {
    const { pid } = await this.untilLogged("server-running", starts)
    if (pid === undefined) throw new Error("server-running was logged without a process")
    return pid
  }

  /** Ends it as a person would; returns its exit code. */
  async quit(): Promise<number | null> {
    const child = this.electron.process()
    const exited = once(child, "exit")
    await this.electron.evaluate(({ app }) => app.quit()).catch(() => undefined) // it may be gone before it answers
    const [code] = await exited
    return typeof code === "number" ? code : null
  }

  /** Ends the main process without notice. */
  async kill(): Promise<void> {
    const child = this.electron.process()
    const exited = once(child, "exit")
    child.kill("SIGKILL")
    await exited
  }

  /** Ends it whatever state it is in. */
  async close(): Promise<void> {
    if (this.#ended) return
    await this.electron.evaluate(({ app }) => app.exit(0)).catch(() => undefined) // it is ending already
    await this.electron.close().catch(() => undefined) // the same
  }
}

/** Makes a call as the window's own code would. */
export function call<C extends IpcChannel>(
  page: Page,
  channel: C,
  ...args: IpcArguments<C>
): Promise<IpcResults[C]> {
  return page.evaluate(([name, given]) => Reflect.get(window, "manyhands").call(name, ...given), [
    channel,
    args,
  ] as const)
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export const test = base.extend<{ desk: Desk }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern which fixtures this one needs
  desk: async ({}, use) => {
    const desk = new Desk(await realpath(await mkdtemp(join(tmpdir(), "manyhands-desk-"))))
    await use(desk)
    await desk.dispose()
  },
})

export { expect }
