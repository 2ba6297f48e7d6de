import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { memory, processTree } from "../process-figures.ts"
import { RunningApp } from "./running-app.ts"

/** Until the processes that were needed for the start only have gone, and the first garbage too. */
const settleMs = 3000
const editor = "document.querySelector('.cm-content')"
const letter = "q"

export interface AppStart {
  /** Milliseconds since the process was asked for: the window has a page, the editor holds the file, the key's letter is in it. */
  page: number
  editor: number
  keystroke: number
  /** MiB, all processes of the app together. */
  pss: number
  processes: number
}

/** A profile of somebody who has told their name: who has not is asked for it before they can write. */
export async function makeProfile(folder: string, name: string): Promise<string> {
  const settings = {
    person: { id: `bench-${name}`, name, peer: 1 },
    theme: "light",
    recent: [],
    windows: [],
    ports: { local: 0, share: 0 },
  }
  const profile = join(folder, name)
  await mkdir(profile, { recursive: true })
  await writeFile(join(profile, "settings.json"), JSON.stringify(settings))
  return profile
}

/** Starts the app on a file with a profile of its own, waits for the editor, presses one key, and ends it again. */
export async function startApp(display: string): Promise<AppStart> {
  const folder = await mkdtemp(join(tmpdir(), "manyhands-app-"))
  const file = join(folder, "note.md")
  await writeFile(file, "# A note\n\nIt was here before.\n")
  const profile = await makeProfile(folder, "Ada")
  const startedAt = performance.now()
  const app = await RunningApp.start({ display, args: [`--user-data-dir=${profile}`, file] })
  try {
    return await measure(app, startedAt)
  } finally {
    await app.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function measure(app: RunningApp, startedAt: number): Promise<AppStart> {
  const { tools } = app
  const since = (): number => performance.now() - startedAt
  const session = await app.page("app://")
  const page = since()
  await app.untilTrue(session, `${editor}?.textContent.includes("here before") === true`)
  const editorThere = since()
  // The text can be read before it can be written.
  await app.untilTrue(session, `${editor}.getAttribute("aria-readonly") !== "true"`)
  await tools.evaluate(session, `${editor}.focus()`)
  await tools.press(session, letter)
  await app.untilTrue(session, `${editor}.textContent.includes("${letter}")`)
  const keystroke = since()
  await delay(settleMs)
  return { page, editor: editorThere, keystroke, ...(await memoryOf(app)) }
}

async function memoryOf({ child }: RunningApp): Promise<{ pss: number; processes: number }> {
  if (child.pid === undefined) throw new Error("The app has no process")
  const pids = await processTree(child.pid)
  const figures = await Promise.all(pids.map(memory))
  return { pss: figures.reduce((sum, { pss }) => sum + pss, 0), processes: pids.length }
}
