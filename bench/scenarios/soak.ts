import { mkdir, mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Y from "yjs"
import { type Chart, chartSvg, type Line } from "../chart.ts"
import { manyhands, RunningServer } from "../contenders.ts"
import { type Descriptors, descriptors } from "../descriptors.ts"
import { seedRoom } from "../load/seeded-room.ts"
import { type SoakResult, soakResult } from "../load/space-job.ts"
import { runLoad } from "../load-process.ts"
import { metrics, whenEmpty } from "../metrics-page.ts"
import { memory } from "../process-figures.ts"
import type { Plan, Report } from "../scenario.ts"
import { median } from "../statistics.ts"
import { duration, figure, table } from "../table.ts"

const rooms = 100
const writers = 2
const readers = 1
/** Of one writer: with all that goes on beside it, this keeps half of a core busy. */
const updatesPerSecond = 25
const sampleMs = 5_000
const settleMs = 15_000
/** The last sixth may take so much more than the second, which is past the warming up. */
const flat = 1.1
const picture = "soak.svg"

/** What the server was like at one moment; memory in MB, delays in milliseconds. */
interface Sample {
  at: number
  rss: number
  /** What is not the store's mapped file. */
  own: number
  heap: number
  sockets: number
  others: number
  rooms: number
  /** Of its event loop, since the sample before. */
  delay: number
}

interface Soaked {
  result: SoakResult
  samples: Sample[]
  idle: Sample
  left: Sample
  /** Of one core. */
  cpuShare: number
}

export async function soak(plan: Plan): Promise<Report> {
  const { minutes } = plan
  const title = `Soak: ${minutes} minutes, ${rooms} rooms, ${rooms * writers} writers at ${updatesPerSecond} updates/s, ${rooms * readers} readers, and others who come and go`
  const reason = manyhands.missing()
  if (reason !== null)
    return { name: "soak", title, figures: null, table: "", notes: [`Not measured. ${reason}.`] }
  const server = await RunningServer.start(await manyhands.prepare())
  try {
    const soaked = await run(server, plan)
    return report(title, soaked, await drawn(chartOf(soaked, minutes), plan.images))
  } finally {
    await server.stop()
  }
}

/** Answers what leads to the picture: in the documents, or on this machine. */
async function drawn(chart: Chart, images: URL | null): Promise<string> {
  const folder = images ?? pathToFileURL(`${await mkdtemp(join(tmpdir(), "manyhands-bench-"))}/`)
  const file = new URL(picture, folder)
  await mkdir(folder, { recursive: true })
  await writeFile(file, chartSvg(chart))
  return images === null
    ? `The chart is in ${fileURLToPath(file)}.`
    : `![Memory, rooms and delays over the time of the soak](images/${picture})`
}

async function run(server: RunningServer, plan: Plan): Promise<Soaked> {
  const { dialect } = manyhands
  // What a server opens with its first document, such as a thread, is not what somebody has left behind.
  const doc = new Y.Doc()
  doc.getText("codemirror").insert(0, "All of this was here before. ")
  const first = await seedRoom(
    { url: server.url("first"), dialect, room: "first" },
    Y.encodeStateAsUpdate(doc),
  )
  first.socket.destroy()
  await whenEmpty(server)
  const idle = await sampleOf(server)
  const samples: Sample[] = []
  let left = idle
  const sampling = new AbortController()
  const sampled = takeSamples(server, samples, plan, sampling.signal)
  const room = "soak"
  const result = await runLoad(
    {
      kind: "soak",
      url: server.url(room),
      dialect,
      room,
      seconds: plan.minutes * 60,
      rooms,
      writers,
      readers,
      updatesPerSecond,
    },
    soakResult,
    {
      joined: () => server.cpu.begin(),
      left: async () => {
        await server.cpu.end()
        sampling.abort()
        await sampled
        await whenEmpty(server)
        await delay(settleMs)
        left = await sampleOf(server)
      },
    },
  )
  return { result, samples, idle, left, cpuShare: server.cpu.seconds / (plan.minutes * 60) }
}

async function takeSamples(
  server: RunningServer,
  samples: Sample[],
  plan: Plan,
  signal: AbortSignal,
): Promise<void> {
  const start = performance.now()
  for (let due = start + sampleMs; !signal.aborted; due += sampleMs) {
    // An end while it waits is seen by the loop.
    await delay(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => undefined)
    if (signal.aborted) break
    samples.push(await sampleOf(server))
    plan.progress(`soak: ${((performance.now() - start) / 60_000).toFixed(1)} of ${plan.minutes} minutes`)
  }
}

async function sampleOf(server: RunningServer): Promise<Sample> {
  const figures = await metrics(server)
  const of = (name: string): number => figures.get(name) ?? Number.NaN
  const { rss, anonymous } = await memory(server.pid)
  const open: Descriptors = await descriptors(server.pid)
  return {
    at: Date.now(),
    rss: (rss * 2 ** 20) / 1e6,
    own: (anonymous * 2 ** 20) / 1e6,
    heap: of("nodejs_heap_size_used_bytes") / 1e6,
    ...open,
    rooms: of("manyhands_rooms"),
    delay: of("nodejs_eventloop_lag_p99_seconds") * 1000,
  }
}

function report(title: string, { result, samples, idle, left, cpuShare }: Soaked, chart: string): Report {
  const rows = (["rss", "own", "heap"] as const).map((key) => {
    const [second, last] = [sixth(samples, 1, (one) => one[key]), sixth(samples, 5, (one) => one[key])]
    return [
      { rss: "RSS", own: "of it not the mapped store", heap: "JavaScript's heap" }[key],
      ...[idle[key], second, last].map((megabytes) => figure(megabytes, "MB")),
      (last / second).toFixed(2),
      figure(left[key], "MB"),
    ]
  })
  const counts = (["sockets", "others", "rooms"] as const).map((key) => [
    { sockets: "open sockets", others: "other descriptors", rooms: "rooms in memory" }[key],
    String(idle[key]),
    String(Math.round(sixth(samples, 1, (one) => one[key]))),
    String(Math.round(sixth(samples, 5, (one) => one[key]))),
    "-",
    String(left[key]),
  ])
  const grown = sixth(samples, 5, (one) => one.own) / sixth(samples, 1, (one) => one.own)
  return {
    name: "soak",
    title,
    figures: { result, samples, idle, left, cpuShare },
    table: table(["", "idle", "second sixth", "last sixth", "grown", "everybody gone"], [...rows, ...counts]),
    notes: [
      grown <= flat ? "Memory is flat." : `Memory is not flat: it has grown ${grown.toFixed(2)} times.`,
      left.sockets > idle.sockets || left.others > idle.others
        ? `Descriptors are left: ${left.sockets} sockets and ${left.others} others, ${idle.sockets} and ${idle.others} before.`
        : "No descriptor is left.",
      `${result.updates} updates, all of them acknowledged, and the rooms hold what was written there; ${result.comebacks} lost connections and comebacks, ${result.visits} rooms opened and left, ${result.cursors} moved cursors, ${result.catchUps} times a reader that had read nothing for a while got everything. ${latencyText(result, samples)} The server used ${Math.round(cpuShare * 100)} % of a core, its clients ${Math.round(result.loadCpuShare * 100)} %.`,
      chart,
    ],
    measures: {
      "soak/grown": grown,
      "soak/descriptors": left.sockets + left.others - idle.sockets - idle.others,
    },
  }
}

function latencyText(result: SoakResult, samples: readonly Sample[]): string {
  const p99 = result.samples.map((sample) => sample.p99 ?? Number.NaN).filter((value) => !Number.isNaN(value))
  const delays = samples.map((sample) => sample.delay)
  return (
    `Acknowledgements took ${duration(median(p99))} (the p99 of ${sampleMs / 1000} s, median; the worst ${duration(Math.max(...p99))}), ` +
    `the event loop was late by ${duration(median(delays))} (the same; the worst ${duration(Math.max(...delays))}).`
  )
}

/** The median of the part with this number, 0 to 5. */
function sixth(samples: readonly Sample[], part: number, pick: (sample: Sample) => number): number {
  const length = samples.length / 6
  return median(samples.slice(Math.floor(part * length), Math.ceil((part + 1) * length)).map(pick))
}

function chartOf({ result, samples }: Soaked, length: number): Chart {
  const start = samples[0]?.at ?? 0
  const minutes = (at: number): number => Math.max(0, (at - start) / 60_000)
  const line = (name: string, pick: (sample: Sample) => number): Line => ({
    name,
    points: samples.map((sample) => [minutes(sample.at), pick(sample)]),
  })
  const acknowledgements: Line = {
    name: "acknowledgement, p99",
    points: result.samples.map(({ at, p99 }) => [minutes(at), p99]),
  }
  return {
    title: `The server during ${length} minutes of half its load`,
    unit: "minutes",
    panels: [
      {
        title: "Memory of the server",
        unit: "MB",
        lines: [
          line("RSS", (sample) => sample.rss),
          line("of it not the mapped store", (sample) => sample.own),
          line("JavaScript's heap", (sample) => sample.heap),
        ],
      },
      {
        title: "Rooms and descriptors",
        unit: "",
        lines: [
          line("open sockets", (sample) => sample.sockets),
          line("rooms in memory", (sample) => sample.rooms),
          line("other descriptors", (sample) => sample.others),
        ],
      },
      {
        title: "Delays",
        unit: "ms",
        lines: [acknowledgements, line("event loop, p99", (sample) => sample.delay)],
      },
    ],
  }
}
