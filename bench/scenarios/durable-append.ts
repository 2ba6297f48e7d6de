import { mkdtemp, open, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { durableAppendResult, type Latency } from "../load/job.ts"
import { latencyOf } from "../load/latency.ts"
import { runLoad } from "../load-process.ts"
import { measureAll, type Plan, type Report } from "../scenario.ts"
import { Histogram, median } from "../statistics.ts"
import { duration, table } from "../table.ts"

const updatesPerSecond = 60
const seconds = 4

/** What an acknowledgement means, from each server's own code. */
const meaning: Record<string, string> = {
  Manyhands: "on disk",
  Hocuspocus: "in memory",
}

export async function durableAppend(plan: Plan): Promise<Report> {
  const { taken, notes } = await measureAll(plan, "durable append", async (server, contender) => {
    const room = "durable-append"
    return await runLoad(
      {
        kind: "durable-append",
        url: server.url(room),
        dialect: contender.dialect,
        room,
        updatesPerSecond,
        seconds,
      },
      durableAppendResult,
    )
  })
  const disk = await syncLatency()
  const rows = taken.map(({ contender, rounds }) => [
    contender.name,
    meaning[contender.name] ?? "there is none",
    ...columns(rounds.map((round) => round.acknowledgement)),
    ...columns(rounds.map((round) => round.echo)),
  ])
  return {
    name: "durable-append",
    title: `Durable append: one room at ${updatesPerSecond} updates/s for ${seconds} s`,
    figures: { disk, servers: taken.map(({ contender, rounds }) => ({ name: contender.name, rounds })) },
    table: table(
      ["", "acknowledged means", "ack p50", "ack p99", "to a reader p50", "to a reader p99"],
      rows,
    ),
    notes: [
      ...notes,
      `Of this disk: a write of 4 kB and fdatasync take ${duration(disk?.p50 ?? Number.NaN)} (p50), ${duration(disk?.p99 ?? Number.NaN)} (p99).`,
      "Only the first row is durable: the peers have nothing to compare it with.",
    ],
  }
}

function columns(latencies: readonly Latency[]): [string, string] {
  const known = latencies.filter((latency) => latency !== null)
  return [duration(median(known.map(({ p50 }) => p50))), duration(median(known.map(({ p99 }) => p99)))]
}

/** What the disk alone costs: the least that any durable acknowledgement can take. */
async function syncLatency(): Promise<Latency> {
  const folder = await mkdtemp(join(tmpdir(), "sync-latency-"))
  const histogram = new Histogram()
  try {
    const file = await open(join(folder, "file"), "w")
    try {
      for (let index = 0; index < 300; index += 1) {
        const start = performance.now()
        await file.write(Buffer.alloc(4096, index))
        await file.datasync()
        histogram.add(performance.now() - start)
      }
    } finally {
      await file.close()
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  return latencyOf(histogram)
}
