import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Y from "yjs"
import { findTrace, readTrace, traceUpdates } from "../../test/fixtures/traces.ts"
import type { Contender, RunningServer } from "../contenders.ts"
import { joinStormResult } from "../load/job.ts"
import { runLoad } from "../load-process.ts"
import { cpuSeconds } from "../process-figures.ts"
import { measureAll, type Plan, type Report } from "../scenario.ts"
import { median } from "../statistics.ts"
import { figure, table } from "../table.ts"

const clients = 1000
const trace = "automerge-paper"

export async function joinStorm(plan: Plan): Promise<Report> {
  const title = `Join storm: ${clients} clients that have nothing, on the ${trace} document`
  if (findTrace(trace) === null) {
    const note = `Skipped: the editing history ${trace} is not here. Name the folder that holds it in TRACES_DIR.`
    return { name: "join-storm", title, figures: null, table: "", notes: [note] }
  }
  plan.progress(`join storm: making the document`)
  const folder = await mkdtemp(join(tmpdir(), "join-storm-"))
  try {
    const documentFile = join(folder, "document")
    await writeFile(documentFile, documentUpdate())
    return await measured(plan, title, documentFile)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The document as its writer's own editor would send it: every keystroke made one after the other. */
function documentUpdate(): Uint8Array {
  const doc = new Y.Doc()
  doc.transact(() => {
    for (const { update } of traceUpdates(readTrace(trace))) Y.applyUpdate(doc, update)
  })
  return Y.encodeStateAsUpdate(doc)
}

async function measured(plan: Plan, title: string, documentFile: string): Promise<Report> {
  const { taken, notes } = await measureAll(plan, "join storm", async (server, contender) =>
    measureOnce(server, contender, documentFile),
  )
  const bytes = taken[0]?.rounds[0]?.documentBytes ?? Number.NaN
  const rows = taken.map(({ contender, rounds }) => [
    contender.name,
    figure(median(rounds.map((round) => round.serverCpuSeconds)), "s"),
    figure(median(rounds.map((round) => round.seconds)), "s"),
    `${Math.round(median(rounds.map((round) => round.loadCpuShare)) * 100)} %`,
  ])
  return {
    name: "join-storm",
    title,
    figures: taken.map(({ contender, rounds }) => ({ name: contender.name, rounds })),
    table: table(["", "server CPU", "until the last was synced", "clients' CPU"], rows),
    notes: [...notes, `Each client is given ${Math.round(bytes / 1000)} kB; 250 come at a time.`],
  }
}

async function measureOnce(
  server: RunningServer,
  contender: Contender,
  documentFile: string,
): Promise<{ seconds: number; loadCpuShare: number; documentBytes: number; serverCpuSeconds: number }> {
  const room = "join-storm"
  let before = Number.NaN
  let after = Number.NaN
  const result = await runLoad(
    { kind: "join-storm", url: server.url(room), dialect: contender.dialect, room, clients, documentFile },
    joinStormResult,
    {
      seeded: async () => {
        before = await cpuSeconds(server.pid)
      },
      joined: async () => {
        after = await cpuSeconds(server.pid)
      },
    },
  )
  return { ...result, serverCpuSeconds: after - before }
}
