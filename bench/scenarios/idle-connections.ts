import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { type Contender, hocuspocus, manyhands, type RunningServer, yWebsocket } from "../contenders.ts"
import { mostDescriptors } from "../descriptors.ts"
import { idleConnectionsResult } from "../load/space-job.ts"
import { runLoad } from "../load-process.ts"
import { type MemoryFigures, memory } from "../process-figures.ts"
import { measureAll, type Plan, type Report, shareOf, type Taken } from "../scenario.ts"
import { median } from "../statistics.ts"
import { figure, table } from "../table.ts"

/** What the first connections take is the server's own warming up; what each of the others adds is measured. */
const firstConnections = 1_000
/** Many, because what else a server's memory does in a minute is some megabytes. */
const wantedConnections = 9_000
/** Descriptors that a process may need beside those of its clients. */
const otherDescriptors = 500
const layouts = [1, 500] as const
/** Ours collects what the handshakes left behind, but not twice within a minute, and there are two of these. */
const settleMs = 45_000
/** A round takes minutes, and memory varies little. */
const mostRounds = 1

interface Layout {
  rooms: number
  connections: number
}

interface Round {
  first: MemoryFigures
  all: MemoryFigures
}

const sockets: Contender = {
  name: "sockets without WebSocket",
  dialect: "y-websocket",
  missing: () => null,
  async prepare() {
    return {
      args: [fileURLToPath(new URL("../peers/sockets.ts", import.meta.url))],
      env: {},
      url: (readyLine, room) => `${readyLine.replace(/^running at http/, "ws")}/${room}`,
      cleanUp: async () => {},
    }
  },
}

export async function idleConnections(plan: Plan): Promise<Report[]> {
  const connections = Math.min(wantedConnections, (await mostDescriptors()) - otherDescriptors)
  const reports: Report[] = []
  for (const rooms of layouts) {
    const short = { ...plan, rounds: Math.min(plan.rounds, mostRounds) }
    const { taken, notes } = await measureAll(
      short,
      `idle connections, ${rooms} rooms`,
      (server, contender) => measureOnce(server, contender, { rooms, connections }),
      [sockets, manyhands, yWebsocket, hocuspocus],
    )
    reports.push(report(taken, notes, { rooms, connections }))
  }
  return reports
}

async function measureOnce(
  server: RunningServer,
  { dialect }: Contender,
  { rooms, connections }: Layout,
): Promise<Round> {
  const room = "idle"
  const taken: MemoryFigures[] = []
  const settled = async (): Promise<void> => {
    await delay(settleMs)
    taken.push(await memory(server.pid))
  }
  await runLoad(
    {
      kind: "idle-connections",
      url: server.url(room),
      dialect,
      room,
      rooms,
      counts: [firstConnections, connections],
    },
    idleConnectionsResult,
    { [firstConnections]: settled, [connections]: settled },
  )
  const [first, all] = taken
  if (first === undefined || all === undefined) throw new Error("The clients stopped at each count")
  return { first, all }
}

function report(taken: readonly Taken<Round>[], notes: readonly string[], layout: Layout): Report {
  const { rooms, connections } = layout
  const measured = connections - firstConnections
  /** MiB for all of them, as kB for one. */
  const perConnection = (mebibytes: number): number => (mebibytes * 2 ** 20) / 1000 / measured
  const each = (contender: Contender): number => {
    const rounds = taken.find((one) => one.contender === contender)?.rounds ?? []
    return median(rounds.map(({ first, all }) => perConnection(all.rss - first.rss)))
  }
  const rows = taken.map(({ contender, rounds }) => [
    contender.name,
    figure(each(contender), "kB"),
    figure(each(contender) - each(sockets), "kB"),
    figure(median(rounds.map(({ first, all }) => perConnection(all.pss - first.pss))), "kB"),
  ])
  const where = rooms === 1 ? "one room" : `${rooms} rooms`
  return {
    name: `idle-connections-${rooms}`,
    title: `Idle connections: memory that each of ${measured} takes, in ${where}`,
    figures: taken.map(({ contender, rounds }) => ({ name: contender.name, rounds })),
    table: table(["", "RSS each", "over its socket", "PSS each"], rows),
    notes: [
      ...notes,
      `The difference between ${firstConnections} and ${connections} connections, each after ${settleMs / 1000} s of quiet.`,
    ],
    measures: {
      "idle-connections/of-y-websocket": shareOf(
        taken,
        manyhands,
        yWebsocket,
        ({ first, all }) => all.rss - first.rss,
      ),
      "idle-connections/over-socket": each(manyhands) - each(sockets),
    },
  }
}
