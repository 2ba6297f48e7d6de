import { setTimeout as delay } from "node:timers/promises"
import { compare } from "./compare.ts"
import { SeededRandom } from "./seeded-random.ts"
import { ServerHome, type ServerProcess } from "./server-process.ts"
import { Writer } from "./writer.ts"
import { WrittenRoom } from "./written-room.ts"

const writersAtOnce = 6
const changeEveryMs = 4
const latestKillMs = 500
const latestEarlyKillMs = 400
/** The server unloads a room, and compacts its log, so long after the last one has left. */
const lingerMs = 2_000
/** Around that moment the server is killed. */
const unloadKillMs = { first: lingerMs - 20, end: lingerMs + 180 }
/** Every so many rounds other documents, so that a long run does not measure how large one can grow. */
const roundsPerEpoch = 25

/**
 * When the server is killed: while it starts; while six people type in one document; in six documents; while somebody
 * pastes a megabyte; while a document is unloaded and its log compacted.
 */
const moments = ["start", "typing", "documents", "paste", "unload"] as const
type Moment = (typeof moments)[number]
const weights: Record<Moment, number> = { start: 4, typing: 6, documents: 4, paste: 4, unload: 2 }
const draw = moments.flatMap((moment) => Array.from({ length: weights[moment] }, () => moment))

export interface KillLoopResult {
  rounds: Record<Moment, number>
  /** Of the rounds `start`, those in which the server was killed before it listened. */
  early: number
  /** Changes that a client had been told are on disk. */
  acknowledged: number
}

/**
 * Starts a server on one data folder, lets people write, kills it with SIGKILL at a random moment, and again. After each
 * start the documents that were written to are compared with all that any client had been told is on disk.
 *
 * That it finds what it looks for was tried with a server that acknowledges a batch when the store is given it, a millisecond
 * before it is on disk: each of five runs, with the seeds 1 to 5, failed within its first twelve rounds.
 * @throws Error that says what is wrong, in which round, and the seed.
 */
export async function killLoop(options: {
  rounds: number
  seed: number
  onRound?: (round: number) => void
}): Promise<KillLoopResult> {
  const random = new SeededRandom(options.seed)
  const home = await ServerHome.create()
  const rooms: WrittenRoom[] = []
  const rounds: Record<Moment, number> = { start: 0, typing: 0, documents: 0, paste: 0, unload: 0 }
  let early = 0
  let unsure = new Set<WrittenRoom>()
  try {
    for (let round = 0; round < options.rounds; round += 1) {
      if (round % roundsPerEpoch === 0) rooms.push(...epoch(Math.floor(round / roundsPerEpoch)))
      const own = random.fork()
      const moment = own.oneOf(draw)
      const written = chooseRooms(moment, rooms.slice(-roomsPerEpoch), own)
      const outcome = await oneRound({ home, moment, written, unsure, random: own }).catch(
        (cause: unknown) => {
          throw new Error(`Round ${round} (${moment}) of the seed ${options.seed} failed`, { cause })
        },
      )
      rounds[moment] += 1
      if (outcome === "early") early += 1
      unsure = new Set(outcome === "early" ? [...unsure, ...written] : written)
      options.onRound?.(round)
    }
    await compareAll(home, rooms)
  } finally {
    await home.remove()
  }
  return { rounds, early, acknowledged: rooms.reduce((sum, { settled }) => sum + settled, 0) }
}

/** One that all type in, one that is pasted into, and six more. */
const roomsPerEpoch = 2 + writersAtOnce

function epoch(number: number): WrittenRoom[] {
  return Array.from({ length: roomsPerEpoch }, (_, index) => new WrittenRoom(`room-${number}-${index}`))
}

function chooseRooms(moment: Moment, rooms: readonly WrittenRoom[], random: SeededRandom): WrittenRoom[] {
  switch (moment) {
    case "start":
      return []
    case "typing":
      return rooms.slice(0, 1)
    case "paste":
      return rooms.slice(1, 2)
    case "unload":
      return rooms.slice(random.below(2), 2)
    case "documents":
      return rooms.slice(2)
  }
}

interface Round {
  home: ServerHome
  moment: Moment
  written: readonly WrittenRoom[]
  /** What was written to before, and not looked at since. */
  unsure: ReadonlySet<WrittenRoom>
  random: SeededRandom
}

/** Whether the server was killed before it listened. */
async function oneRound({ home, moment, written, unsure, random }: Round): Promise<"early" | "killed"> {
  const server = home.launch()
  const writers: Writer[] = []
  try {
    if (moment === "start" && !(await listensBefore(server, random.below(latestEarlyKillMs)))) return "early"
    for (const room of unsure) await compare(server, room)
    for (let index = 0; moment !== "start" && index < writersAtOnce; index += 1) {
      const room = written[index % written.length]
      if (room === undefined) throw new RangeError("Whoever writes needs a document")
      writers.push(new Writer({ url: await server.socketUrl(room.name), room, random: random.fork() }))
    }
    await Promise.all(writers.map((writer) => writer.synced))
    await write(moment, writers, random)
    return "killed"
  } finally {
    await server.end("SIGKILL")
    // What was on its way to a client when the server died still arrives, and counts.
    await Promise.all(writers.map((writer) => writer.closed))
    for (const writer of writers) writer.doc.destroy()
  }
}

async function listensBefore(server: ServerProcess, milliseconds: number): Promise<boolean> {
  return await Promise.race([server.listening.then(() => true), delay(milliseconds, false)])
}

/** Returns at the moment for the kill. */
async function write(moment: Moment, writers: readonly Writer[], random: SeededRandom): Promise<void> {
  for (const writer of writers) writer.type(changeEveryMs)
  switch (moment) {
    case "start":
      return
    case "typing":
    case "documents":
      await delay(random.below(latestKillMs))
      return
    case "paste":
      await delay(random.below(latestKillMs / 2))
      writers[0]?.paste()
      await delay(random.below(latestKillMs / 4))
      return
    case "unload":
      await delay(random.below(latestKillMs))
      for (const writer of writers) writer.stopTyping()
      await Promise.all(writers.map((writer) => writer.whenAllAcknowledged()))
      await Promise.all(writers.map((writer) => writer.leave()))
      await delay(unloadKillMs.first + random.below(unloadKillMs.end - unloadKillMs.first))
      return
  }
}

async function compareAll(home: ServerHome, rooms: readonly WrittenRoom[]): Promise<void> {
  const server = home.launch()
  try {
    for (const room of rooms) await compare(server, room)
  } finally {
    await server.end("SIGTERM")
  }
}

/** The counts in one line. */
export function killLine({ rounds, early, acknowledged }: KillLoopResult): string {
  const total = moments.reduce((sum, moment) => sum + rounds[moment], 0)
  const parts = moments.map((moment) => `${rounds[moment]} ${moment}`).join(", ")
  return `kill: ${total} rounds (${parts}; ${early} before it listened), ${acknowledged} durable changes, none lost`
}
