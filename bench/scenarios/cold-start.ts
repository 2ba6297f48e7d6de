import { join } from "../load/seeded-room.ts"
import { measureAll, type Plan, type Report } from "../scenario.ts"
import { median } from "../statistics.ts"
import { duration, table } from "../table.ts"

export interface ServerStart {
  listening: number
  synced: number
}

/** Milliseconds from the moment the process was asked for. */
export async function serverStart(plan: Plan): Promise<Report> {
  const { taken, notes } = await measureAll<ServerStart>(plan, "cold start", async (server, contender) => {
    const listening = performance.now() - server.startedAt
    const room = "cold-start"
    const { socket } = await join({ url: server.url(room), dialect: contender.dialect, room })
    const synced = performance.now() - server.startedAt
    socket.destroy()
    return { listening, synced }
  })
  const rows = taken.map(({ contender, rounds }) => [
    contender.name,
    duration(median(rounds.map(({ listening }) => listening))),
    duration(median(rounds.map(({ synced }) => synced))),
  ])
  return {
    name: "cold-start",
    title: "Cold start of the server: process start to the first client synced",
    figures: taken.map(({ contender, rounds }) => ({ name: contender.name, rounds })),
    table: table(["", "it listens", "the first client is synced"], rows),
    notes,
  }
}
