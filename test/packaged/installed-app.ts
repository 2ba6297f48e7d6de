import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { type Browser, chromium, type Page } from "@playwright/test"
import { until } from "./until.ts"

const execute = promisify(execFile)
const { PATH } = process.env

/** Whose app it is: an ordinary user, so that Chromium's sandbox is really on. */
export interface User {
  uid: number
  gid: number
}

/** What a .deb puts on a machine, unpacked below a folder of its own instead. */
export class InstalledApp {
  /** The root of the unpacked package. */
  readonly root: string
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
    this.root = join(folder, "root")
  }

  static async unpack(deb: string): Promise<InstalledApp> {
    const folder = await mkdtemp(join(tmpdir(), "manyhands-packaged-"))
    await chmod(folder, 0o755)
    const app = new InstalledApp(folder)
    await execute("dpkg-deb", ["--extract", deb, app.root])
    return app
  }

  get binary(): string {
    return join(this.root, "opt/Manyhands/manyhands")
  }

  get resources(): string {
    return join(this.root, "opt/Manyhands/resources")
  }

  /** A new folder that belongs to the user. */
  async folderOf(user: User, name: string): Promise<string> {
    const path = join(this.#folder, name)
    await mkdir(path)
    await chown(path, user.uid, user.gid)
    return path
  }

  /** Process ids of everything that runs from the package. */
  async processes(): Promise<string[]> {
    const all = (await readdir("/proc")).filter((name) => /^\d+$/.test(name))
    const programs = await Promise.all(all.map(async (pid) => ({ pid, program: await programOf(pid) })))
    return programs.filter(({ program }) => program.startsWith(this.root)).map(({ pid }) => pid)
  }

  /** The value of a line of /proc/PID/status, of every process of the package that was started with the argument. */
  async factsOf(argument: string, line: string): Promise<string[]> {
    const facts = await Promise.all((await this.processes()).map((pid) => factOf(pid, argument, line)))
    return facts.filter((fact) => fact !== null)
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true })
  }
}

/** Empty where the process has just ended, or is a thread of the kernel. */
async function programOf(pid: string): Promise<string> {
  try {
    return await readlink(`/proc/${pid}/exe`)
  } catch (error) {
    if (isGone(error)) return ""
    throw error
  }
}

async function factOf(pid: string, argument: string, line: string): Promise<string | null> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8")
  // Chromium's children write their whole command into one string.
  if (!command.split(/[\0 ]/).includes(argument)) return null
  const status = await readFile(`/proc/${pid}/status`, "utf8")
  const found = status.split("\n").find((text) => text.startsWith(`${line}:`))
  return found?.split(/:\s+/)[1] ?? null
}

function isGone(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && ["ENOENT", "ESRCH", "EACCES"].includes(String(error.code))
  )
}

export interface StartOptions {
  user: User
  /** As in the variable DISPLAY. */
  display: string
  /** Where the app keeps what is its own, in the user's home. */
  profile: string
  /** The file or folder on the command line: a path, or a URL as a desktop passes it. */
  open: string
}

/** A started app with its first window, driven as DevTools would. */
export class RunningApp {
  readonly page: Page
  readonly #browser: Browser
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, browser: Browser, page: Page) {
    this.#child = child
    this.#browser = browser
    this.page = page
  }

  static async start(app: InstalledApp, { user, display, profile, open }: StartOptions): Promise<RunningApp> {
    const args = ["--remote-debugging-port=0", `--user-data-dir=${profile}`, open]
    const home = dirname(profile)
    const child = spawn(app.binary, args, {
      uid: user.uid,
      gid: user.gid,
      cwd: home,
      env: { PATH, DISPLAY: display, HOME: home, LANG: "C.UTF-8" },
      stdio: ["ignore", "ignore", "pipe"],
    })
    try {
      const browser = await chromium.connectOverCDP(await debuggerOf(child))
      const page = await until("there is a window", async () => browser.contexts()[0]?.pages()[0])
      return new RunningApp(child, browser, page)
    } catch (error) {
      child.kill("SIGKILL")
      throw error
    }
  }

  /** Closes the window, as its close button does, and resolves to the app's exit code. */
  async quit(): Promise<number | null> {
    const exited = once(this.#child, "exit")
    await this.page.close({ runBeforeUnload: true })
    await exited
    await this.#browser.close()
    return this.#child.exitCode
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, "exit")
    this.#child.kill("SIGKILL")
    await exited
  }
}

/** Chromium writes its DevTools address to stderr; the rest there is kept for the message if it never comes. */
async function debuggerOf(child: ChildProcess): Promise<string> {
  let said = ""
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text
  })
  return until(
    "the app offers DevTools",
    async () => {
      if (child.exitCode !== null) throw new Error(`The app ended with ${child.exitCode}:\n${said}`)
      return /DevTools listening on (ws:\S+)/.exec(said)?.[1]
    },
    () => said,
  )
}
