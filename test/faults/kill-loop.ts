import { setTimeout as delay } from "node:timers/promises"
import { compare } from "./compare.ts"
import { SeededRandom } from "./seeded-random.ts"
import { ServerHome } from "./server-process.ts"
import { TokenLedger } from "./token-ledger.ts"
import { Writer } from "./writer.ts"

const writersAtOnce = 6
const changeEveryMs = 4
/** Every so many rounds another document, so that a long run does not measure how large one can grow. */
const roundsPerRoom = 25
/** Of the rounds in which the server is killed while it starts. */
const earlyKillShare = 0.2
const latestEarlyKillMs = 400
const latestKillMs = 500

export interface KillLoopResult {
  rounds: number
  /** Rounds in which the server was killed before it listened. */
  early: number
  /** Changes that a client had been told are on disk. */
  acknowledged: number
}

/**
 * Starts a server on one data folder, lets writers type, kills it with SIGKILL at a random moment, and again, `rounds`
 * times. After each start the document is compared with all that any client had been told is on disk.
 * @throws Error that says what is wrong, in which round, and the seed.
 */
export async function killLoop(options: {
  rounds: number
  seed: number
  onRound?: (round: number) => void
}): Promise<KillLoopResult> {
  const random = new SeededRandom(options.seed)
  const home = await ServerHome.create()
  const rooms: { name: string; ledger: TokenLedger }[] = []
  let early = 0
  try {
    for (let round = 0; round < options.rounds; round += 1) {
      if (round % roundsPerRoom === 0) rooms.push({ name: `room-${rooms.length}`, ledger: new TokenLedger() })
      const room = rooms.at(-1)
      if (room === undefined) throw new Error("There is always a last room")
      const wasEarly = await oneRound(home, room, random).catch((cause: unknown) => {
        throw new Error(`Round ${round} of the seed ${options.seed} failed`, { cause })
      })
      if (wasEarly) early += 1
      options.onRound?.(round)
    }
    await compareAll(home, rooms)
  } finally {
    await home.remove()
  }
  const acknowledged = rooms.reduce((sum, { ledger }) => sum + ledger.settled, 0)
  return { rounds: options.rounds, early, acknowledged }
}

/** Whether the server was killed before it listened. */
async function oneRound(
  home: ServerHome,
  room: { name: string; ledger: TokenLedger },
  random: SeededRandom,
): Promise<boolean> {
  const server = home.launch()
  const writers: Writer[] = []
  try {
    if (random.next() < earlyKillShare) {
      const listens = await Promise.race([
        server.listening.then(() => true),
        delay(random.below(latestEarlyKillMs), false),
      ])
      return !listens
    }
    const url = await server.socketUrl(room.name)
    await compare(server, room)
    writers.push(
      ...Array.from({ length: writersAtOnce }, () => new Writer({ url, ledger: room.ledger, random })),
    )
    await Promise.all(writers.map((writer) => writer.synced))
    for (const writer of writers) writer.type(changeEveryMs)
    await delay(random.below(latestKillMs))
    return false
  } finally {
    await server.end("SIGKILL")
    // What was on its way to a client when the server died still arrives, and counts.
    await Promise.all(writers.map((writer) => writer.closed))
    for (const writer of writers) writer.doc.destroy()
  }
}

async function compareAll(
  home: ServerHome,
  rooms: readonly { name: string; ledger: TokenLedger }[],
): Promise<void> {
  const server = home.launch()
  try {
    for (const room of rooms) await compare(server, room)
  } finally {
    await server.end("SIGTERM")
  }
}
