import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { z } from "zod"
import { makeProfile } from "../app/desktop-app.ts"
import { onDisplay } from "../app/display.ts"
import { appMissing, RunningApp } from "../app/running-app.ts"
import type { Plan, Report } from "../scenario.ts"
import { Histogram, median } from "../statistics.ts"
import { duration, table } from "../table.ts"

const bytes = 1_000_000
const edits = 20
/** Between two outside edits, in milliseconds: the document has been written to its file by then. */
const restMs = 3_000
const keyEveryMs = 90
const content = "document.querySelector('.cm-content')"
const line = "Twice a day the river runs backwards, and nobody in Saltby says so. "

const seen = z.object({ marks: z.record(z.string(), z.number()), typed: z.array(z.number()) })

/** Keeps when each mark of another program was painted, and how long each key took until its letter was in the page. */
const watch = `
  globalThis.seen = { marks: {}, typed: [] };
  let pressed = null;
  document.addEventListener("keydown", (event) => { if (event.key.length === 1) pressed = performance.now(); }, true);
  new MutationObserver(() => {
    if (pressed !== null) { seen.typed.push(performance.now() - pressed); pressed = null; }
    const mark = /MARK \\\\d+/.exec(${content}.textContent)?.[0];
    if (mark === undefined || seen.marks[mark] !== undefined) return;
    seen.marks[mark] = 0;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => { seen.marks[mark] = performance.timeOrigin + performance.now(); };
      port2.postMessage(null);
    });
  }).observe(${content}, { childList: true, characterData: true, subtree: true })`

interface Round {
  toScreen: Histogram
  key: Histogram
}

/** From another program's write of a large file to the frame that shows it, while somebody types in it. */
export async function outsideEdit(plan: Plan): Promise<Report> {
  const title = "A document of 1 MB: another program's edit to the screen, while somebody types"
  const missing = appMissing()
  if (missing !== null)
    return { name: "outside-edit", title, figures: null, table: "", notes: [`Not measured. ${missing}.`] }
  const rounds: Round[] = []
  await onDisplay(async (display) => {
    for (let round = 1; round <= plan.rounds; round += 1) {
      plan.progress(`outside edit: ${round} of ${plan.rounds}`)
      rounds.push(await measure(display))
    }
  })
  const middle = (of: keyof Round, share: number) => median(rounds.map((each) => each[of].percentile(share)))
  const row = (name: string, of: keyof Round) => [name, duration(middle(of, 0.5)), duration(middle(of, 0.99))]
  return {
    name: "outside-edit",
    title,
    figures: rounds.map(({ toScreen, key }) => ({
      toScreen: { p50: toScreen.percentile(0.5), p99: toScreen.percentile(0.99) },
      key: { p50: key.percentile(0.5), p99: key.percentile(0.99) },
    })),
    table: table(
      ["", "p50", "p99"],
      [row("The write to its paint", "toScreen"), row("A key to its letter", "key")],
    ),
    notes: [
      `${edits} edits a round, each a new file that is renamed over the old one, ${restMs / 1000} s apart, with a key every ${keyEveryMs} ms. A key counts from its event until the page holds the letter.`,
    ],
    measures: { "outside-edit/p50": middle("toScreen", 0.5), "outside-edit/key-p99": middle("key", 0.99) },
  }
}

async function measure(display: string): Promise<Round> {
  const folder = await mkdtemp(join(tmpdir(), "manyhands-outside-"))
  const file = join(folder, "long.md")
  const text = line.repeat(Math.ceil(bytes / line.length)).replaceAll(/(.{600})/g, "$1\n")
  await writeFile(file, `MARK 0\n\n${text}\n`)
  const profile = await makeProfile(folder, "Ada")
  const app = await RunningApp.start({ display, args: [`--user-data-dir=${profile}`, file] })
  try {
    const session = await app.page("app://")
    await app.untilTrue(session, `${content}?.textContent.includes("MARK 0") === true`)
    await app.untilTrue(session, `${content}.getAttribute("aria-readonly") !== "true"`)
    await app.tools.evaluate(session, watch)
    await app.tools.evaluate(session, `${content}.focus()`)
    const typing = new AbortController()
    const typed = typeUntil(app, session, typing.signal)
    const written: number[] = []
    for (let edit = 1; edit <= edits; edit += 1) {
      await delay(restMs)
      written.push(await editOutside(file, edit))
    }
    await delay(restMs)
    typing.abort()
    await typed
    return roundOf(seen.parse(await app.tools.evaluate(session, "seen")), written)
  } finally {
    await app.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

function roundOf({ marks, typed }: z.infer<typeof seen>, written: readonly number[]): Round {
  const round = { toScreen: new Histogram(), key: new Histogram() }
  for (const [index, at] of written.entries()) {
    const painted = marks[`MARK ${index + 1}`]
    if (painted === undefined) throw new Error(`Edit ${index + 1} never came to the screen`)
    round.toScreen.add(painted - at)
  }
  for (const each of typed) round.key.add(each)
  return round
}

async function typeUntil(app: RunningApp, session: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await app.tools.press(session, "q")
    await delay(keyEveryMs)
  }
}

/** As an editor saves: a new file in the place of the old one. Answers when that was there, by the clock of the pages. */
async function editOutside(file: string, edit: number): Promise<number> {
  const text = await readFile(file, "utf8")
  await writeFile(`${file}~`, text.replace(/MARK \d+/, `MARK ${edit}`))
  await rename(`${file}~`, file)
  return performance.timeOrigin + performance.now()
}
