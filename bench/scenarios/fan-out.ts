import { setTimeout as delay } from "node:timers/promises"
import {
  type Contender,
  fanOutContenders,
  hocuspocus,
  manyhands,
  type RunningServer,
  relay,
  yWebsocket,
} from "../contenders.ts"
import { latencyColumns, loadColumn, middleOf } from "../latency-columns.ts"
import { type FanOutResult, fanOutResult } from "../load/job.ts"
import { runLoad } from "../load-process.ts"
import { type MemoryFigures, memory } from "../process-figures.ts"
import { measureAll, type Plan, type Report, shareOf, type Taken } from "../scenario.ts"
import { median } from "../statistics.ts"
import { figure, table } from "../table.ts"
import { memoryReport } from "./memory.ts"

interface Crowd {
  readers: number
  writers: number
}

const crowds = [
  { readers: 500, writers: 50 },
  { readers: 300, writers: 30 },
] as const satisfies readonly Crowd[]
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

/** A report for each crowd, and what the servers took of memory with the largest. */
export async function fanOut(plan: Plan): Promise<Report[]> {
  const reports: Report[] = []
  for (const crowd of crowds) {
    const title = `fan-out ${crowd.readers}/${crowd.writers}`
    const measured = await measureAll(
      plan,
      title,
      (server, contender) => measureOnce(server, contender, crowd),
      fanOutContenders,
    )
    reports.push(report(crowd, measured))
    if (crowd === crowds[0]) reports.push(memoryReport(measured.taken))
  }
  return reports
}

async function measureOnce(server: RunningServer, contender: Contender, crowd: Crowd): Promise<FanOutRound> {
  const { pid } = server
  const room = "fan-out"
  await delay(settleMs)
  const idle = await memory(pid)
  let loaded: MemoryFigures = idle
  const result = await runLoad(
    {
      kind: "fan-out",
      url: server.url(room),
      dialect: contender.dialect,
      room,
      ...crowd,
      updatesPerSecond,
      seconds,
    },
    fanOutResult,
    {
      joined: () => server.cpu.begin(),
      delivered: async () => {
        await server.cpu.end()
        loaded = await memory(pid)
      },
    },
  )
  await delay(settleMs)
  return {
    ...result,
    serverCpuSeconds: server.cpu.seconds,
    memory: { idle, loaded, left: await memory(pid) },
  }
}

function report(crowd: Crowd, { taken, notes }: { taken: Taken<FanOutRound>[]; notes: string[] }): Report {
  const share = (contender: Contender, of: Contender): number =>
    shareOf(taken, contender, of, (round) => round.serverCpuSeconds)
  const name = `fan-out-${crowd.readers}`
  const own = taken.find(({ contender }) => contender === manyhands)?.rounds ?? []
  const delivery = own.map((round) => round.delivery)
  return {
    name,
    title: `Fan-out: one room, ${crowd.readers} readers, ${crowd.writers} writers at ${updatesPerSecond} updates/s each for ${seconds} s`,
    figures: taken.map(({ contender, rounds }) => ({ name: contender.name, rounds })),
    table: table(
      [
        "",
        "server CPU",
        "of the blind relay's",
        "p50",
        "p99",
        "ack p50",
        "ack p99",
        "until all had all",
        "missing",
        "clients' CPU",
      ],
      taken.map((one) => row(one, share(one.contender, relay))),
    ),
    notes: [...notes, ...saturation(taken)],
    measures: {
      [`${name}/of-relay`]: share(manyhands, relay),
      [`${name}/of-y-websocket`]: share(manyhands, yWebsocket),
      [`${name}/of-hocuspocus`]: share(manyhands, hocuspocus),
      [`${name}/p50`]: middleOf(delivery, "p50"),
      [`${name}/p99`]: middleOf(delivery, "p99"),
    },
  }
}

function row({ contender, rounds }: Taken<FanOutRound>, ofRelay: number): string[] {
  return [
    contender.name,
    figure(median(rounds.map((round) => round.serverCpuSeconds)), "s"),
    ofRelay.toFixed(2),
    ...latencyColumns(rounds.map((round) => round.delivery)),
    ...latencyColumns(rounds.map((round) => round.acknowledgement)),
    figure(median(rounds.map((round) => round.seconds)), "s"),
    String(Math.max(...rounds.map((round) => round.missing))),
    loadColumn(rounds),
  ]
}

function saturation(taken: readonly Taken<FanOutRound>[]): string[] {
  return taken.flatMap(({ contender, rounds }) => {
    const share = median(rounds.map((round) => round.loadCpuShare))
    if (share < busy) return []
    return [
      `The clients used ${Math.round(share * 100)} % of a core against ${contender.name}: part of its latency is theirs.`,
    ]
  })
}
