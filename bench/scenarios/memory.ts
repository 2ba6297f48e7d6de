import type { Report, Taken } from "../scenario.ts"
import { median } from "../statistics.ts"
import { figure, table } from "../table.ts"
import type { FanOutRound } from "./fan-out.ts"

/** What the servers of the fan-out took. */
export function memoryReport(servers: readonly Taken<FanOutRound>[]): Report {
  const rows = servers.map(({ contender, rounds }) => {
    const middle = (pick: (round: FanOutRound) => number): string => figure(median(rounds.map(pick)), "MiB")
    return [
      contender.name,
      middle((round) => round.memory.idle.rss),
      middle((round) => round.memory.idle.pss),
      middle((round) => round.memory.loaded.rss),
      middle((round) => round.memory.left.rss),
    ]
  })
  return {
    name: "memory",
    title: "Memory of the servers",
    figures: servers.map(({ contender, rounds }) => ({
      name: contender.name,
      rounds: rounds.map((round) => round.memory),
    })),
    table: table(["", "idle RSS", "idle PSS", "RSS after the fan-out", "RSS, the clients gone"], rows),
    notes: [],
  }
}
