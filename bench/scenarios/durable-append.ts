import { mkdtemp, open, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { diskShim, slowDiskEnvironment } from "../../test/fixtures/disk-shim/disk-shim.ts"
import { type Contender, contenders, hocuspocus, manyhands, variant } from "../contenders.ts"
import { latencyColumns, middleOf } from "../latency-columns.ts"
import { durableAppendResult, type Latency, storeAppendResult } from "../load/job.ts"
import { latencyOf } from "../load/latency.ts"
import { runLoad } from "../load-process.ts"
import { measureAll, type Plan, type Report } from "../scenario.ts"
import { Histogram } from "../statistics.ts"
import { duration, table } from "../table.ts"

const updatesPerSecond = 60
const seconds = 4

/** What a slow disk takes longer for each flush. A commit of the store flushes twice. */
const flushDelayMs = 3
const slowly = `, ${flushDelayMs} ms more a flush`
const storeAppends = 300

/** What an acknowledgement means, from each server's own code. */
const meaning: Record<string, string> = {
  [manyhands.name]: "on disk",
  [hocuspocus.name]: "in memory",
}

export async function durableAppend(plan: Plan): Promise<Report> {
  const library = await diskShim()
  const slow = library === null ? null : onSlowDisk(library)
  const { taken, notes } = await measureAll(
    plan,
    "durable append",
    async (server, contender) => {
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
    },
    [...contenders, ...(slow === null ? [] : [slow])],
  )
  const [disk, store, slowStore] = [
    await syncLatency(),
    await storeAlone(() => ({})),
    await slowStoreAlone(library),
  ]
  const rows = taken.map(({ contender, rounds }) => [
    contender.name,
    (contender === slow ? meaning[manyhands.name] : meaning[contender.name]) ?? "there is none",
    ...latencyColumns(rounds.map((round) => round.acknowledgement)),
    ...latencyColumns(rounds.map((round) => round.echo)),
  ])
  const storeRows = [
    ["the store alone", meaning[manyhands.name] ?? "", ...latencyColumns([store]), "-", "-"],
    ...(slowStore === null
      ? []
      : [
          [
            `the store alone${slowly}`,
            meaning[manyhands.name] ?? "",
            ...latencyColumns([slowStore]),
            "-",
            "-",
          ],
        ]),
  ]
  const acknowledgements = (contender: Contender | null): Latency[] =>
    taken.find((one) => one.contender === contender)?.rounds.map((round) => round.acknowledgement) ?? []
  return {
    name: "durable-append",
    title: `Durable append: one room at ${updatesPerSecond} updates/s for ${seconds} s`,
    figures: {
      disk,
      store,
      slowStore,
      servers: taken.map(({ contender, rounds }) => ({ name: contender.name, rounds })),
    },
    table: table(
      ["", "acknowledged means", "ack p50", "ack p99", "to a reader p50", "to a reader p99"],
      [...rows, ...storeRows],
    ),
    notes: [
      ...notes,
      `Of this disk: a write of 4 kB and fdatasync take ${duration(disk?.p50 ?? Number.NaN)} (p50), ${duration(disk?.p99 ?? Number.NaN)} (p99).`,
      ...(library === null
        ? [
            "There is no C compiler here to make the disk slow with, so the rows of the slow disk are left out.",
          ]
        : [
            `On the slow disk each flush takes ${flushDelayMs} ms longer; a commit flushes twice, first the data, then the page that points to it.`,
          ]),
      "What is not on disk is not durable: the peers have nothing to compare those rows with.",
    ],
    measures: {
      "durable-append/ack-p50": middleOf(acknowledgements(manyhands), "p50"),
      "durable-append/ack-p99": middleOf(acknowledgements(manyhands), "p99"),
      ...(slow === null
        ? {}
        : {
            "durable-append/slow-ack-p50": middleOf(acknowledgements(slow), "p50"),
            "durable-append/slow-ack-p99": middleOf(acknowledgements(slow), "p99"),
          }),
    },
  }
}

function onSlowDisk(library: string): Contender {
  return variant(manyhands, `${manyhands.name}${slowly}`, (env) =>
    slowDiskEnvironment({ library, folder: env["DATA_DIR"] ?? "", flushDelayMs }),
  )
}

async function slowStoreAlone(library: string | null): Promise<Latency> {
  if (library === null) return null
  return await storeAlone((folder) => slowDiskEnvironment({ library, folder, flushDelayMs }))
}

/** One append after the other through the store's own code, in a process of its own. */
async function storeAlone(env: (folder: string) => Record<string, string>): Promise<Latency> {
  const folder = await mkdtemp(join(tmpdir(), "store-append-"))
  try {
    const job = { kind: "store-append", folder, count: storeAppends } as const
    return (await runLoad(job, storeAppendResult, {}, env(folder))).append
  } finally {
    await rm(folder, { recursive: true })
  }
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
