import type { AppStart } from "../app/desktop-app.ts"
import type { Report } from "../scenario.ts"
import { median } from "../statistics.ts"
import { figure, table } from "../table.ts"
import type { FanOutFigures, FanOutRound } from "./fan-out.ts"

/** What the servers of the fan-out took, and the app of the cold start. */
export function memoryReport(servers: readonly FanOutFigures[], app: readonly AppStart[] | string): Report {
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
    title: "Memory",
    figures: {
      servers: servers.map(({ contender, rounds }) => ({
        name: contender.name,
        rounds: rounds.map((round) => round.memory),
      })),
      app: typeof app === "string" ? null : app.map(({ pss, processes }) => ({ pss, processes })),
    },
    table: table(["", "idle RSS", "idle PSS", "RSS after the fan-out", "RSS, the clients gone"], rows),
    notes: [typeof app === "string" ? app : appNote(app)],
  }
}

function appNote(app: readonly AppStart[]): string {
  const pss = figure(median(app.map((round) => round.pss)), "MiB")
  return `The app with one document open, its embedded server included: ${pss} (PSS of ${app[0]?.processes ?? 0} processes together).`
}
