import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Contender, manyhands, type RunningServer, yWebsocket } from "../contenders.ts"
import { loadColumn } from "../latency-columns.ts"
import { type SaturationResult, saturationResult } from "../load/job.ts"
import { prepareWriters } from "../load/prepared-writers.ts"
import { runLoad } from "../load-process.ts"
import { measureAll, type Plan, type Report, shareOf, type Taken } from "../scenario.ts"
import { median } from "../statistics.ts"
import { figure, table } from "../table.ts"

const rooms = 200
const writersPerRoom = 2
const inFlight = 32
const warmUpSeconds = 1
const seconds = 4
/** Enough for 240,000 a second, the warm-up included. */
const updatesPerWriter = 3000
/** A load process that is busy for longer than this share of the time may be what is measured. */
const busy = 0.9

interface Round extends SaturationResult {
  serverCpuSeconds: number
}

export async function saturation(plan: Plan): Promise<Report> {
  plan.progress("saturation: making the updates")
  const folder = await mkdtemp(join(tmpdir(), "saturation-"))
  try {
    const updatesFile = join(folder, "updates")
    await prepareWriters(updatesFile, rooms * writersPerRoom, updatesPerWriter)
    const { taken, notes } = await measureAll(
      plan,
      "saturation",
      (server, contender) => measureOnce(server, contender, updatesFile),
      [manyhands, yWebsocket],
    )
    return report(taken, notes)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function measureOnce(server: RunningServer, contender: Contender, updatesFile: string): Promise<Round> {
  const room = "saturation"
  const result = await runLoad(
    {
      kind: "saturation",
      url: server.url(room),
      dialect: contender.dialect,
      room,
      rooms,
      updatesFile,
      inFlight,
      warmUpSeconds,
      seconds,
      confirmedBy: contender === manyhands ? "acknowledgement" : "delivery",
    },
    saturationResult,
    { warm: () => server.cpu.begin(), measured: () => server.cpu.end() },
  )
  return { ...result, serverCpuSeconds: server.cpu.seconds }
}

function report(taken: readonly Taken<Round>[], notes: readonly string[]): Report {
  const rate = ({ confirmed, seconds: time }: Round): number => confirmed / time
  const rows = taken.map(({ contender, rounds }) => [
    contender.name,
    contender === manyhands ? "acknowledged, on disk" : "delivered to the other writer",
    Math.round(median(rounds.map(rate))).toLocaleString("en"),
    shareOf(taken, contender, yWebsocket, rate).toFixed(2),
    figure(median(rounds.map((round) => (round.serverCpuSeconds / round.confirmed) * 1e6)), "µs"),
    loadColumn(rounds),
  ])
  return {
    name: "saturation",
    title: `Saturation: ${rooms} rooms, ${rooms * writersPerRoom} writers, as fast as the server takes it`,
    figures: taken.map(({ contender, rounds }) => ({ name: contender.name, rounds })),
    table: table(
      ["", "what counts", "updates a second", "of y-websocket's", "server CPU an update", "clients' CPU"],
      rows,
    ),
    notes: [
      ...notes,
      `One character an update; each writer has ${inFlight} on the way. Measured for ${seconds} s after ${warmUpSeconds} s.`,
      ...taken.flatMap(({ contender, rounds }) => [
        ...(median(rounds.map((round) => round.loadCpuShare)) < busy
          ? []
          : [`The clients were busy all the time against ${contender.name}: it may be able to do more.`]),
        ...(rounds.some((round) => round.ranOut)
          ? [`${contender.name} took all that was prepared before the time was over.`]
          : []),
      ]),
    ],
    measures: { "saturation/of-y-websocket": shareOf(taken, manyhands, yWebsocket, rate) },
  }
}
