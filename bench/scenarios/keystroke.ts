import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "vite"
import { z } from "zod"
import { makeProfile } from "../app/desktop-app.ts"
import { onDisplay } from "../app/display.ts"
import { type EditorPage, typeAcross } from "../app/keystrokes.ts"
import { appMissing, RunningApp } from "../app/running-app.ts"
import { RunningServer, yWebsocket } from "../contenders.ts"
import type { Plan, Report } from "../scenario.ts"
import { Histogram, median } from "../statistics.ts"
import { duration, table } from "../table.ts"

const direct = fileURLToPath(new URL("../app/direct", import.meta.url))
const keys = 300
const shared = z.object({ ok: z.literal(true), value: z.object({ link: z.string() }) })
const opened = z.object({ ok: z.literal(true), value: z.object({ room: z.string() }) })

interface Round {
  ours: Histogram
  theirs: Histogram
}

/** From a key in one window to the frame that shows its letter in another, on another computer's app. */
export async function keystroke(plan: Plan): Promise<Report> {
  const title = "A keystroke in one window to its paint in another"
  const missing = appMissing() ?? yWebsocket.missing()
  if (missing !== null)
    return { name: "keystroke", title, figures: null, table: "", notes: [`Not measured. ${missing}.`] }
  const rounds: Round[] = []
  const folder = await mkdtemp(join(tmpdir(), "manyhands-keys-"))
  try {
    await buildDirectPage(join(folder, "direct"))
    await onDisplay(async (display) => {
      for (let round = 1; round <= plan.rounds; round += 1) {
        plan.progress(`keystroke: two apps, ${round} of ${plan.rounds}`)
        const ours = await throughEmbeddedServers(display, join(folder, `apps-${round}`))
        plan.progress(`keystroke: straight to y-websocket, ${round} of ${plan.rounds}`)
        const theirs = await straight(display, folder, round)
        rounds.push({ ours: histogramOf(ours), theirs: histogramOf(theirs) })
      }
    })
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  return reportOf(title, rounds)
}

function reportOf(title: string, rounds: readonly Round[]): Report {
  const middle = (of: keyof Round, share: number) =>
    median(rounds.map((round) => round[of].percentile(share)))
  const row = (name: string, of: keyof Round) => [
    name,
    duration(middle(of, 0.5)),
    duration(middle(of, 0.95)),
    duration(middle(of, 0.99)),
  ]
  const more = median(rounds.map(({ ours, theirs }) => ours.percentile(0.5) - theirs.percentile(0.5)))
  return {
    name: "keystroke",
    title,
    figures: rounds.map(({ ours, theirs }) => ({
      ours: { p50: ours.percentile(0.5), p99: ours.percentile(0.99) },
      theirs: { p50: theirs.percentile(0.5), p99: theirs.percentile(0.99) },
    })),
    table: table(
      ["", "p50", "p95", "p99"],
      [
        row("Two apps, through both embedded servers, durable in both", "ours"),
        row("Two windows straight at one @y/websocket-server", "theirs"),
      ],
    ),
    notes: [
      `${keys} keys a round, 60 to 140 ms apart. From the key's event to the first task after the frame that shows its letter, so a frame of the screen is in each. Both are the same editor in the same Electron.`,
    ],
    measures: { "keystroke/more": more },
  }
}

function histogramOf(latencies: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const latency of latencies) histogram.add(latency)
  return histogram
}

async function throughEmbeddedServers(display: string, folder: string): Promise<number[]> {
  const env = { MANYHANDS_SHARE_HOST: "127.0.0.1" }
  const profiles = [await makeProfile(folder, "Ada"), await makeProfile(folder, "Ben")]
  const file = join(folder, "note.md")
  await writeFile(file, "A note\n")
  const host = await RunningApp.start({ display, env, args: [`--user-data-dir=${profiles[0]}`, file] })
  try {
    const writer = { app: host, session: await host.page("app://") }
    const link = await linkOf(writer, file)
    const deepLink = `manyhands://join?link=${encodeURIComponent(link)}`
    const joiner = await RunningApp.start({
      display,
      env,
      args: [`--user-data-dir=${profiles[1]}`, deepLink],
    })
    try {
      return await typeAcross(writer, { app: joiner, session: await joiner.page("app://") }, keys)
    } finally {
      await joiner.stop()
    }
  } finally {
    await host.stop()
  }
}

async function linkOf({ app, session }: EditorPage, file: string): Promise<string> {
  await app.untilTrue(
    session,
    "document.querySelector('.cm-content')?.textContent.includes('A note') === true",
  )
  const call = (channel: string, argument: string) =>
    app.tools.resolve(session, `manyhands.call(${JSON.stringify(channel)}, ${JSON.stringify(argument)})`)
  const { room } = opened.parse(await call("open-document", file)).value
  return shared.parse(await call("share-document", room)).value.link
}

async function straight(display: string, folder: string, round: number): Promise<number[]> {
  const server = await RunningServer.start(await yWebsocket.prepare())
  const apps: RunningApp[] = []
  try {
    const address = new URL(server.url(`keys-${round}`))
    const page = async (name: string): Promise<EditorPage> => {
      const hash = new URLSearchParams({
        url: address.origin.replace(/^http/, "ws"),
        room: `keys-${round}`,
        name,
      })
      const app = await RunningApp.start({
        display,
        program: join(direct, "main.mjs"),
        args: [`--user-data-dir=${await makeProfile(join(folder, `direct-${round}`), name)}`],
        env: { BENCH_PAGE: join(folder, "direct/index.html"), BENCH_HASH: `${hash}` },
      })
      apps.push(app)
      return { app, session: await app.page("file://") }
    }
    return await typeAcross(await page("Ada"), await page("Ben"), keys)
  } finally {
    for (const app of apps) await app.stop()
    await server.stop()
  }
}

async function buildDirectPage(outDir: string): Promise<void> {
  await build({
    configFile: false,
    root: direct,
    base: "./",
    logLevel: "error",
    build: { outDir, emptyOutDir: true, target: "chrome130", modulePreload: { polyfill: false } },
  })
}
