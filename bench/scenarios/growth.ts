import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join as joinPath } from "node:path"
import * as Y from "yjs"
import { parseRoomName } from "../../protocol/room-name.ts"
import { LmdbStore } from "../../sync-server/store/lmdb-store.ts"
import { type Launch, manyhands, RunningServer } from "../contenders.ts"
import { join } from "../load/seeded-room.ts"
import { type EditsResult, editsResult } from "../load/space-job.ts"
import { runLoad } from "../load-process.ts"
import type { Plan, Report } from "../scenario.ts"
import { median } from "../statistics.ts"
import { duration, figure, table } from "../table.ts"

const roomCounts = [1, 10, 100, 1_000] as const
const clientCounts = [1, 10, 100, 1_000, 5_000] as const
const documentSizes = [1e3, 1e4, 1e5, 1e6, 1e7] as const
/** Of all rooms together, a second. */
const totalRate = 1_000
/** Of the one writer in a crowd, a second. */
const writerRate = 10
/** Of the one writer in a document: so many that the p99 of delivery has every join in it. */
const documentRate = 50
const seconds = 5
const joinsPerSecond = 2
/** A step counts as worse than linear when a unit costs so many times what it cost the step before. */
const tolerance = 1.5
const mostRounds = 3

interface Measured extends EditsResult {
  serverCpuSeconds: number
}

/** One row: what is counted, and what each of its steps cost. */
interface Step {
  name: string
  /** How many times the one before it is. */
  size: number
  /** By the words of a sentence: what must not grow faster than the size does. */
  costs: Readonly<Record<string, number>>
}

export async function growth(plan: Plan): Promise<Report[]> {
  const reason = manyhands.missing()
  if (reason !== null) {
    const title = "Growth"
    return [{ name: "growth", title, figures: null, table: "", notes: [`Not measured. ${reason}.`] }]
  }
  const short = { ...plan, rounds: Math.min(plan.rounds, mostRounds) }
  return [await byRooms(short), await byClients(short), await byDocument(short)]
}

async function byRooms(plan: Plan): Promise<Report> {
  const figures: { rooms: number; rounds: Measured[] }[] = []
  for (const rooms of roomCounts) {
    const rounds = await repeated(plan, `growth: ${rooms} rooms`, async (launch) =>
      measureEdits(launch, { rooms, readers: 1, updatesPerSecond: totalRate, joinsPerSecond: 0 }),
    )
    figures.push({ rooms, rounds })
  }
  const steps = figures.map(({ rooms, rounds }): Step => {
    const cpu = median(rounds.map((round) => round.serverCpuSeconds))
    return { name: `${rooms} rooms`, size: rooms, costs: { "the server's CPU time": cpu } }
  })
  const rows = figures.map(({ rooms, rounds }) => [
    String(rooms),
    figure(median(rounds.map((round) => round.serverCpuSeconds)), "s"),
    figure(median(rounds.map((round) => (round.serverCpuSeconds * 1e6) / round.updates)), "µs"),
    ...latencies(rounds),
    clientsCpu(rounds),
  ])
  return {
    name: "growth-rooms",
    title: `Growth by rooms: ${totalRate} updates/s in all, for ${seconds} s, one reader a room`,
    figures,
    table: table(["rooms", "server CPU", "an update", "p50", "p99", "clients' CPU"], rows),
    notes: verdict(steps),
  }
}

async function byClients(plan: Plan): Promise<Report> {
  const figures: { clients: number; rounds: Measured[] }[] = []
  for (const clients of clientCounts) {
    const rounds = await repeated(plan, `growth: ${clients} clients`, async (launch) =>
      measureEdits(launch, { rooms: 1, readers: clients, updatesPerSecond: writerRate, joinsPerSecond: 0 }),
    )
    figures.push({ clients, rounds })
  }
  const perDelivery = (rounds: readonly Measured[]): number =>
    median(rounds.map((round) => (round.serverCpuSeconds * 1e6) / round.deliveries))
  const steps = figures.map(({ clients, rounds }): Step => {
    const cpu = median(rounds.map((round) => round.serverCpuSeconds))
    return { name: `${clients} clients`, size: clients, costs: { "the server's CPU time": cpu } }
  })
  const rows = figures.map(({ clients, rounds }) => [
    String(clients),
    figure(median(rounds.map((round) => round.serverCpuSeconds)), "s"),
    figure(perDelivery(rounds), "µs"),
    ...latencies(rounds),
    clientsCpu(rounds),
  ])
  return {
    name: "growth-clients",
    title: `Growth by clients: one room, one writer at ${writerRate} updates/s for ${seconds} s`,
    figures,
    table: table(["clients", "server CPU", "a delivery", "p50", "p99", "clients' CPU"], rows),
    notes: verdict(steps),
  }
}

interface DocumentRound {
  /** Milliseconds until a client has the document of a room that is not loaded. */
  cold: number
  alone: Measured
  joined: Measured
}

async function byDocument(plan: Plan): Promise<Report> {
  const figures: { bytes: number; update: number; rounds: DocumentRound[] }[] = []
  for (const bytes of documentSizes) {
    const update = largeDocument(bytes)
    const rounds = await repeated(plan, `growth: ${bytes} bytes`, (launch) => measureDocument(launch, update))
    figures.push({ bytes, update: update.length, rounds })
  }
  const rows = figures.map(({ bytes, rounds }) => {
    const joined = rounds.map((round) => round.joined)
    return [
      size(bytes),
      duration(median(rounds.map((round) => round.cold))),
      duration(cpuOfAnEdit(rounds)),
      ...latencies(rounds.map((round) => round.alone)),
      ...latencies(joined),
      duration(cpuOfAJoin(rounds)),
    ]
  })
  const steps = figures.map(({ bytes, rounds }): Step => {
    const costs = {
      "the time to the first synced client": median(rounds.map((round) => round.cold)),
      "the CPU time of an edit": cpuOfAnEdit(rounds),
      "the p99 of delivery while others join": median(rounds.map((round) => round.joined.p99)),
    }
    return { name: size(bytes), size: bytes, costs }
  })
  return {
    name: "growth-documents",
    title: `Growth by document: one writer at ${documentRate} updates/s for ${seconds} s, alone and while ${joinsPerSecond} a second join`,
    figures,
    table: table(
      [
        "text",
        "first client synced",
        "CPU of an edit",
        "p50",
        "p99",
        "p50, joins",
        "p99, joins",
        "CPU of a join",
      ],
      rows,
    ),
    notes: [
      ...verdict(steps),
      "The first client comes to a room that is not loaded. The documents consist of lines of 50 characters, each put in front of the others, so a struct each.",
    ],
  }
}

function cpuOfAnEdit(rounds: readonly DocumentRound[]): number {
  return median(rounds.map(({ alone }) => (alone.serverCpuSeconds * 1e3) / alone.updates))
}

function cpuOfAJoin(rounds: readonly DocumentRound[]): number {
  return median(
    rounds.map(
      ({ alone, joined }) => ((joined.serverCpuSeconds - alone.serverCpuSeconds) * 1e3) / joined.joins,
    ),
  )
}

/** A server of its own for each round. */
async function repeated<T>(plan: Plan, title: string, measure: (launch: Launch) => Promise<T>): Promise<T[]> {
  const rounds: T[] = []
  for (let round = 1; round <= plan.rounds; round += 1) {
    plan.progress(`${title}, ${round} of ${plan.rounds}`)
    const launch = await manyhands.prepare()
    try {
      rounds.push(await measure({ ...launch, cleanUp: async () => {} }))
    } finally {
      await launch.cleanUp()
    }
  }
  return rounds
}

interface Shape {
  rooms: number
  readers: number
  updatesPerSecond: number
  joinsPerSecond: number
}

async function measureEdits(launch: Launch, shape: Shape): Promise<Measured> {
  const server = await RunningServer.start(launch)
  try {
    return await runEdits(server, shape, null)
  } finally {
    await server.stop()
  }
}

async function runEdits(server: RunningServer, shape: Shape, documentFile: string | null): Promise<Measured> {
  const room = "growth"
  const { dialect } = manyhands
  const result = await runLoad(
    { kind: "edits", url: server.url(room), dialect, room, ...shape, seconds, documentFile },
    editsResult,
    { joined: () => server.cpu.begin(), delivered: () => server.cpu.end() },
  )
  return { ...result, serverCpuSeconds: server.cpu.seconds }
}

async function measureDocument(launch: Launch, update: Uint8Array): Promise<DocumentRound> {
  const folder = await mkdtemp(joinPath(tmpdir(), "growth-"))
  await writeRoom(launch.env["DATA_DIR"] ?? "", update)
  const server = await RunningServer.start(launch)
  try {
    const documentFile = joinPath(folder, "document")
    await writeFile(documentFile, update)
    const cold = await firstSynced(server)
    const shape = { rooms: 1, readers: 1, updatesPerSecond: documentRate }
    return {
      cold,
      alone: await runEdits(server, { ...shape, joinsPerSecond: 0 }, documentFile),
      joined: await runEdits(server, { ...shape, joinsPerSecond }, documentFile),
    }
  } finally {
    await server.stop()
    await rm(folder, { recursive: true })
  }
}

async function writeRoom(folder: string, update: Uint8Array): Promise<void> {
  const store = new LmdbStore(folder)
  try {
    const entry = { room: parseRoomName("growth"), sequence: 1, update, time: Date.now(), authors: [] }
    await store.append([entry])
  } finally {
    await store.close()
  }
}

/** A join of another room comes first, so that the server's code is warm and only the room is cold. */
async function firstSynced(server: RunningServer): Promise<number> {
  const { dialect } = manyhands
  for (const room of ["warm-1", "warm-2"])
    (await join({ url: server.url(room), dialect, room })).socket.destroy()
  const room = "growth"
  const start = performance.now()
  const { socket } = await join({ url: server.url(room), dialect, room })
  const cold = performance.now() - start
  socket.destroy()
  return cold
}

function largeDocument(bytes: number): Uint8Array {
  const doc = new Y.Doc()
  const text = doc.getText("codemirror")
  const line = "What stands in this line is not important at all.\n"
  for (let length = 0; length < bytes; length += line.length) text.insert(0, line)
  const update = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return update
}

/** A sentence for every step that costs more than its size explains; one that says so when there is none. */
function verdict(steps: readonly Step[]): string[] {
  const worse = steps.flatMap((step, index) => {
    const before = steps[index - 1]
    if (before === undefined) return []
    const factor = step.size / before.size
    return Object.entries(step.costs).flatMap(([what, cost]) => {
      const grown = cost / (before.costs[what] ?? Number.NaN)
      if (grown <= factor * tolerance) return []
      return [
        `Worse than linear: from ${before.name} to ${step.name}, ${factor} times as many, ${what} grows ${grown.toFixed(1)} times.`,
      ]
    })
  })
  return worse.length > 0 ? worse : ["Nothing grows faster than linear."]
}

function latencies(rounds: readonly EditsResult[]): [string, string] {
  return [
    duration(median(rounds.map((round) => round.p50))),
    duration(median(rounds.map((round) => round.p99))),
  ]
}

function clientsCpu(rounds: readonly EditsResult[]): string {
  return `${Math.round(median(rounds.map((round) => round.loadCpuShare)) * 100)} %`
}

function size(bytes: number): string {
  return bytes >= 1e6 ? `${bytes / 1e6} MB` : `${bytes / 1e3} kB`
}
