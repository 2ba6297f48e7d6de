import { setTimeout as delay } from "node:timers/promises"
import { type Contender, fanOutContenders, type RunningServer } from "../contenders.ts"
import { type FanOutResult, fanOutResult } from "../load/job.ts"
import { runLoad } from "../load-process.ts"
import { cpuSeconds, type MemoryFigures, memory } from "../process-figures.ts"
import { measureAll, type Plan, type Report } from "../scenario.ts"
import { median } from "../statistics.ts"
import { duration, figure, table } from "../table.ts"

const readers = 500
const writers = 50
const updatesPerSecond = 10
const seconds = 8
/** What a server still does when its last client has left is over by then. */
const settleMs = 500
/** A load process that is busy for longer than this share of the time may be what is measured. */
const busy = 0.9

export interface FanOutRound extends FanOutResult {
  serverCpuSeconds: number
  /** Before the first client, with all of them after the last delivery, and with none again. */
  memory: { idle: MemoryFigures; loaded: MemoryFigures; left: MemoryFigures }
}

export interface FanOutFigures {
  contender: Contender
  rounds: FanOutRound[]
}

export async function measureFanOut(plan: Plan): Promise<{ taken: FanOutFigures[]; notes: string[] }> {
  return await measureAll(plan, "fan-out", measureOnce, fanOutContenders)
}

async function measureOnce(server: RunningServer, contender: Contender): Promise<FanOutRound> {
  const { pid } = server
  const room = "fan-out"
  await delay(settleMs)
  const idle = await memory(pid)
  let before = Number.NaN
  let after = Number.NaN
  let loaded: MemoryFigures = idle
  const result = await runLoad(
    {
      kind: "fan-out",
      url: server.url(room),
      dialect: contender.dialect,
      room,
      readers,
      writers,
      updatesPerSecond,
      seconds,
    },
    fanOutResult,
    {
      joined: async () => {
        before = await cpuSeconds(pid)
      },
      delivered: async () => {
        after = await cpuSeconds(pid)
        loaded = await memory(pid)
      },
    },
  )
  await delay(settleMs)
  return { ...result, serverCpuSeconds: after - before, memory: { idle, loaded, left: await memory(pid) } }
}

export function fanOutReport({ taken, notes }: { taken: FanOutFigures[]; notes: string[] }): Report {
  const rows = taken.map(({ contender, rounds }) => [
    contender.name,
    figure(median(rounds.map((round) => round.serverCpuSeconds)), "s"),
    duration(median(rounds.map((round) => round.delivery?.p50 ?? Number.NaN))),
    duration(median(rounds.map((round) => round.delivery?.p99 ?? Number.NaN))),
    figure(median(rounds.map((round) => round.seconds)), "s"),
    String(Math.max(...rounds.map((round) => round.missing))),
    `${Math.round(median(rounds.map((round) => round.loadCpuShare)) * 100)} %`,
  ])
  return {
    name: "fan-out",
    title: `Fan-out: one room, ${readers} readers, ${writers} writers at ${updatesPerSecond} updates/s each for ${seconds} s`,
    figures: taken.map(({ contender, rounds }) => ({ name: contender.name, rounds })),
    table: table(["", "server CPU", "p50", "p99", "until all had all", "missing", "clients' CPU"], rows),
    notes: [...notes, ...saturation(taken)],
  }
}

function saturation(taken: FanOutFigures[]): string[] {
  return taken.flatMap(({ contender, rounds }) => {
    const share = median(rounds.map((round) => round.loadCpuShare))
    if (share < busy) return []
    return [
      `The clients used ${Math.round(share * 100)} % of a core against ${contender.name}: part of its latency is theirs.`,
    ]
  })
}
