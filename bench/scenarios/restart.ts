import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join as joinPath } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import * as Y from "yjs"
import { parseRoomName } from "../../protocol/room-name.ts"
import { LmdbStore } from "../../sync-server/store/lmdb-store.ts"
import type { RoomUpdate } from "../../sync-server/store/store.ts"
import { type Launch, manyhands, RunningServer } from "../contenders.ts"
import { Dialect } from "../load/dialect.ts"
import { clientFrame } from "../load/raw-socket.ts"
import { join } from "../load/seeded-room.ts"
import { fetchOnce, httpUrl } from "../metrics-page.ts"
import type { Plan, Report } from "../scenario.ts"
import { median } from "../statistics.ts"
import { duration, table } from "../table.ts"

const roomCounts = [1, 1_000, 100_000] as const
const batchRooms = 10_000
const ends = ["SIGTERM", "SIGKILL"] as const
const readyPollMs = 2

interface Round {
  rooms: number
  after: (typeof ends)[number]
  /** Milliseconds from the moment the process was asked for. */
  listening: number
  ready: number
  synced: number
}

export async function restart(plan: Plan): Promise<Report> {
  const title = "Restart: process start to readyz 200, by the number of rooms in the store"
  const reason = manyhands.missing()
  if (reason !== null)
    return { name: "restart", title, figures: null, table: "", notes: [`Not measured. ${reason}.`] }
  const rounds: Round[] = []
  for (const rooms of roomCounts) rounds.push(...(await restarts(plan, rooms)))
  const rows = roomCounts.flatMap((rooms) =>
    ends.map((after) => {
      const own = rounds.filter((round) => round.rooms === rooms && round.after === after)
      const middle = (pick: (round: Round) => number): string => duration(median(own.map(pick)))
      return [
        `${rooms} rooms, after ${after}`,
        middle((r) => r.listening),
        middle((r) => r.ready),
        middle((r) => r.synced),
      ]
    }),
  )
  const most = rounds.filter((round) => round.rooms === Math.max(...roomCounts))
  return {
    name: "restart",
    title,
    figures: rounds,
    table: table(["", "it listens", "readyz 200", "the first client is synced"], rows),
    notes: [
      "The client asks for a document that was in the store. SIGKILL came while updates were being written.",
    ],
    measures: { "restart/ready": median(most.map((round) => round.ready)) },
  }
}

/** One store, and the server started on it after each kind of end in turn. */
async function restarts(plan: Plan, rooms: number): Promise<Round[]> {
  plan.progress(`restart: writing ${rooms} rooms`)
  const folder = await mkdtemp(joinPath(tmpdir(), "restart-"))
  try {
    await writeRooms(folder, rooms)
    const prepared = await manyhands.prepare()
    await prepared.cleanUp()
    const launch = { ...prepared, env: { ...prepared.env, DATA_DIR: folder }, cleanUp: async () => {} }
    // The first one is not measured: it finds the machine's caches as the writing has left them.
    let server = await RunningServer.start(launch)
    const taken: Round[] = []
    for (let round = 1; round <= plan.rounds; round += 1) {
      for (const after of ends) {
        plan.progress(`restart: ${rooms} rooms, after ${after}, ${round} of ${plan.rounds}`)
        await end(server, after)
        const started = await startOnce(launch, rooms, after)
        server = started.server
        taken.push(started.round)
      }
    }
    await server.stop()
    return taken
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function writeRooms(folder: string, rooms: number): Promise<void> {
  const doc = new Y.Doc()
  doc.getText("codemirror").insert(0, "A short note that somebody has written down. ".repeat(10))
  const update = Y.encodeStateAsUpdate(doc)
  const time = Date.now()
  const store = new LmdbStore(folder)
  try {
    for (let first = 0; first < rooms; first += batchRooms) {
      const batch = Array.from({ length: Math.min(batchRooms, rooms - first) }, (_, index): RoomUpdate => {
        const room = parseRoomName(roomName(first + index))
        return { room, sequence: 1, update, time, authors: [] }
      })
      await store.append(batch)
    }
  } finally {
    await store.close()
  }
}

function roomName(number: number): string {
  return `room-${number}`
}

/** By SIGKILL while something is being written, or in peace. */
async function end(server: RunningServer, how: Round["after"]): Promise<void> {
  if (how === "SIGKILL") {
    const room = roomName(0)
    const { socket } = await join({ url: server.url(room), dialect: manyhands.dialect, room })
    const dialect = new Dialect(manyhands.dialect, room)
    const doc = new Y.Doc()
    doc.on("update", (update: Uint8Array) => socket.send(clientFrame(dialect.update(update))))
    const writing = setInterval(() => doc.getText("other").insert(0, "a"), 1)
    await delay(100)
    process.kill(server.pid, "SIGKILL")
    clearInterval(writing)
    socket.destroy()
  }
  await server.stop()
}

async function startOnce(
  launch: Launch,
  rooms: number,
  after: Round["after"],
): Promise<{ server: RunningServer; round: Round }> {
  const server = await RunningServer.start(launch)
  const since = (): number => performance.now() - server.startedAt
  const listening = since()
  const url = httpUrl(server, "/readyz")
  while ((await fetchOnce(url)).status !== 200) await delay(readyPollMs)
  const ready = since()
  const room = roomName(rooms - 1)
  const { socket } = await join({ url: server.url(room), dialect: manyhands.dialect, room })
  const synced = since()
  socket.destroy()
  return { server, round: { rooms, after, listening, ready, synced } }
}
