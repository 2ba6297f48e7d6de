import { hocuspocus, manyhands, yWebsocket } from "../contenders.ts"
import { latencyColumns, loadColumn } from "../latency-columns.ts"
import { type ManyRoomsResult, manyRoomsResult } from "../load/job.ts"
import { runLoad } from "../load-process.ts"
import { measureAll, type Plan, type Report, shareOf } from "../scenario.ts"
import { median } from "../statistics.ts"
import { figure, table } from "../table.ts"

const rooms = 2000
/** Of each room, one a second. */
const updates = 8

interface Round extends ManyRoomsResult {
  serverCpuSeconds: number
}

export async function manyRooms(plan: Plan): Promise<Report> {
  const { taken, notes } = await measureAll<Round>(
    plan,
    "many rooms",
    async (server, { dialect }) => {
      const room = "many-rooms"
      const result = await runLoad(
        { kind: "many-rooms", url: server.url(room), dialect, room, rooms, updates },
        manyRoomsResult,
        { joined: () => server.cpu.begin(), delivered: () => server.cpu.end() },
      )
      return { ...result, serverCpuSeconds: server.cpu.seconds }
    },
    [manyhands, yWebsocket, hocuspocus],
  )
  const rows = taken.map(({ contender, rounds }) => [
    contender.name,
    figure(median(rounds.map((round) => round.serverCpuSeconds)), "s"),
    shareOf(taken, contender, yWebsocket, (round) => round.serverCpuSeconds).toFixed(2),
    ...latencyColumns(rounds.map((round) => round.acknowledgement)),
    ...latencyColumns(rounds.map((round) => round.delivery)),
    String(Math.max(...rounds.map((round) => round.missing))),
    loadColumn(rounds),
  ])
  return {
    name: "many-rooms",
    title: `Many rooms: ${rooms} documents, each with one who writes a word a second for ${updates} s and one who reads`,
    figures: taken.map(({ contender, rounds }) => ({ name: contender.name, rounds })),
    table: table(
      [
        "",
        "server CPU",
        "of y-websocket's",
        "ack p50",
        "ack p99",
        "to the reader p50",
        "to the reader p99",
        "missing",
        "clients' CPU",
      ],
      rows,
    ),
    notes: [...notes, "Only Manyhands writes to disk here: the others have no store, as they start."],
    measures: {
      "many-rooms/of-y-websocket": shareOf(taken, manyhands, yWebsocket, (round) => round.serverCpuSeconds),
    },
  }
}
