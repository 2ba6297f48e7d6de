import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { type Contender, manyhands, RunningServer, yWebsocket } from "../contenders.ts"
import { mostDescriptors } from "../descriptors.ts"
import { type VisitRoomsJob, visitRoomsResult } from "../load/space-job.ts"
import { runLoad } from "../load-process.ts"
import { whenEmpty } from "../metrics-page.ts"
import { type MemoryFigures, memory } from "../process-figures.ts"
import { measureAll, type Plan, type Report, type Taken } from "../scenario.ts"
import { smallDocument } from "../small-document.ts"
import { median } from "../statistics.ts"
import { figure, table } from "../table.ts"

const wantedRooms = 10_000
/** Of each document, as one update. */
const documentBytes = 8_800
/** Rooms are unloaded by then, V8 has collected what they left behind as far as it ever does by itself, which takes it some 20 s, and ours as far as it is told to. */
const settleMs = 30_000
/** Descriptors that a process may need beside those of its rooms' clients. */
const otherDescriptors = 500
/** A round takes minutes, and memory varies little. */
const mostRounds = 1
const megabytes = 2 ** 20 / 1e6

interface Round {
  idle: MemoryFigures
  /** Every room was opened once more and left. */
  left: MemoryFigures
  /** One client stays in each room. */
  staying: MemoryFigures
}

export async function idleRooms(plan: Plan): Promise<Report> {
  const rooms = Math.min(wantedRooms, (await mostDescriptors()) - otherDescriptors)
  const folder = await mkdtemp(join(tmpdir(), "idle-rooms-"))
  try {
    const documentFile = join(folder, "document")
    await writeFile(documentFile, smallDocument(documentBytes))
    const restarted = seededBefore(rooms, documentFile)
    const short = { ...plan, rounds: Math.min(plan.rounds, mostRounds) }
    const { taken, notes } = await measureAll(
      short,
      "idle rooms",
      (server, contender) =>
        measureOnce(server, {
          ...jobOf(server, contender, rooms, documentFile),
          steps: contender === restarted ? ["leave", "stay"] : ["seed", "leave", "stay"],
        }),
      [restarted, manyhands, yWebsocket],
    )
    plan.progress("idle rooms: documents held in memory")
    return report({ taken, notes, rooms, restarted, held: await heldDocuments(rooms, documentFile) })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Ours, started on a store that has every room already. */
function seededBefore(rooms: number, documentFile: string): Contender {
  return {
    name: "Manyhands, rooms from its store",
    dialect: manyhands.dialect,
    missing: () => manyhands.missing(),
    async prepare() {
      const launch = await manyhands.prepare()
      const server = await RunningServer.start({ ...launch, cleanUp: async () => {} })
      try {
        const job = jobOf(server, manyhands, rooms, documentFile)
        await runLoad({ ...job, steps: ["seed"] }, visitRoomsResult)
        await whenEmpty(server)
      } finally {
        await server.stop()
      }
      return launch
    },
  }
}

function jobOf(
  server: RunningServer,
  { dialect }: Contender,
  rooms: number,
  documentFile: string,
): Omit<VisitRoomsJob, "steps"> {
  const room = "idle-room"
  return { kind: "visit-rooms", url: server.url(room), dialect, room, rooms, documentFile }
}

async function measureOnce({ pid }: RunningServer, job: VisitRoomsJob): Promise<Round> {
  const settled = async (): Promise<MemoryFigures> => {
    await delay(settleMs)
    return await memory(pid)
  }
  const idle = await settled()
  let left = idle
  let staying = idle
  await runLoad(job, visitRoomsResult, {
    leave: async () => {
      left = await settled()
    },
    stay: async () => {
      staying = await settled()
    },
  })
  return { idle, left, staying }
}

/** What as many documents take when nothing but them is there; MiB. */
async function heldDocuments(rooms: number, documentFile: string): Promise<MemoryFigures> {
  const [none, all] = [await held(0, documentFile), await held(rooms, documentFile)]
  return {
    rss: all.rss - none.rss,
    pss: all.pss - none.pss,
    anonymous: all.anonymous - none.anonymous,
  }
}

async function held(documents: number, documentFile: string): Promise<MemoryFigures> {
  const entry = fileURLToPath(new URL("../peers/held-documents.ts", import.meta.url))
  const server = await RunningServer.start({
    args: [entry],
    env: { DOCUMENTS: String(documents), DOCUMENT_FILE: documentFile },
    url: () => "",
    cleanUp: async () => {},
  })
  try {
    await delay(settleMs)
    return await memory(server.pid)
  } finally {
    await server.stop()
  }
}

function report(measured: {
  taken: readonly Taken<Round>[]
  notes: readonly string[]
  rooms: number
  restarted: Contender
  held: MemoryFigures
}): Report {
  const { taken, held } = measured
  const above = (rounds: readonly Round[], pick: (round: Round) => number): number =>
    median(rounds.map(pick)) * megabytes
  const text = (rounds: readonly Round[], pick: (round: Round) => number): string =>
    figure(above(rounds, pick), "MB")
  const rows = taken.map(({ contender, rounds }) => [
    contender.name,
    text(rounds, ({ idle }) => idle.rss),
    text(rounds, ({ idle, left }) => left.rss - idle.rss),
    text(rounds, ({ idle, left }) => left.anonymous - idle.anonymous),
    text(rounds, ({ idle, staying }) => staying.rss - idle.rss),
  ])
  const own = taken.find(({ contender }) => contender === measured.restarted)?.rounds ?? []
  const heldRow = [figure(held.rss * megabytes, "MB"), figure(held.anonymous * megabytes, "MB")]
  return {
    name: "idle-rooms",
    title: `Idle rooms: memory after ${measured.rooms} rooms of ${documentBytes / 1000} kB were opened and left`,
    figures: { held, servers: taken.map(({ contender, rounds }) => ({ name: contender.name, rounds })) },
    table: table(
      ["", "idle RSS", "RSS above idle", "of it no mapped file", "RSS above idle, a client in each"],
      [...rows, [`${measured.rooms} Y.Docs`, "-", ...heldRow, "-"]],
    ),
    notes: [
      ...measured.notes,
      `Measured after ${settleMs / 1000} s of quiet. The first row's rooms were in its store when it started; those of the others were brought by clients, who left, to the server that is measured. @y/websocket-server without persistence keeps every document for ever; Hocuspocus without a database forgets each when its last client leaves, so there is nothing to come back to. What counts is the memory that no file stands behind: the rest are pages of the program and of the store's file, which the system takes back whenever it wants them. @y/websocket-server has no file.`,
    ],
    measures: { "idle-rooms/memory": above(own, (round) => round.left.anonymous - round.idle.anonymous) },
  }
}
