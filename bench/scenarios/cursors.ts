import { hocuspocus, manyhands, yWebsocket } from "../contenders.ts"
import { latencyColumns, loadColumn } from "../latency-columns.ts"
import { type CursorsResult, cursorsResult } from "../load/job.ts"
import { runLoad } from "../load-process.ts"
import { measureAll, type Plan, type Report, shareOf } from "../scenario.ts"
import { median } from "../statistics.ts"
import { figure, table } from "../table.ts"

const people = 100
const movesPerSecond = 10
const seconds = 8

interface Round extends CursorsResult {
  serverCpuSeconds: number
}

export async function cursors(plan: Plan): Promise<Report> {
  const { taken, notes } = await measureAll<Round>(
    plan,
    "cursors",
    async (server, { dialect }) => {
      const room = "cursors"
      const result = await runLoad(
        { kind: "cursors", url: server.url(room), dialect, room, people, movesPerSecond, seconds },
        cursorsResult,
        { joined: () => server.cpu.begin(), seen: () => server.cpu.end() },
      )
      return { ...result, serverCpuSeconds: server.cpu.seconds }
    },
    [manyhands, yWebsocket, hocuspocus],
  )
  const rows = taken.map(({ contender, rounds }) => [
    contender.name,
    figure(median(rounds.map((round) => round.serverCpuSeconds)), "s"),
    shareOf(taken, contender, yWebsocket, (round) => round.serverCpuSeconds).toFixed(2),
    ...latencyColumns(rounds.map((round) => round.delivery)),
    String(Math.max(...rounds.map((round) => round.unseen))),
    loadColumn(rounds),
  ])
  return {
    name: "cursors",
    title: `Cursors: ${people} people in one document, each moves ${movesPerSecond} times a second for ${seconds} s, nobody writes`,
    figures: taken.map(({ contender, rounds }) => ({ name: contender.name, rounds })),
    table: table(
      ["", "server CPU", "of y-websocket's", "p50", "p99", "last positions not seen", "clients' CPU"],
      rows,
    ),
    notes,
    measures: {
      "cursors/of-y-websocket": shareOf(taken, manyhands, yWebsocket, (round) => round.serverCpuSeconds),
    },
  }
}
