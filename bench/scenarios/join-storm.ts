import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Y from "yjs"
import { findTrace, readTrace, traceUpdates } from "../../test/fixtures/traces.ts"
import { type Contender, manyhands, type RunningServer, relay } from "../contenders.ts"
import { latencyColumns, loadColumn } from "../latency-columns.ts"
import { type JoinStormResult, joinStormResult } from "../load/job.ts"
import { runLoad } from "../load-process.ts"
import { measureAll, type Plan, type Report, shareOf } from "../scenario.ts"
import { median } from "../statistics.ts"
import { figure, table } from "../table.ts"

const clients = 1000
const hotWriters = 20
const updatesPerSecond = 10
const trace = "automerge-paper"

interface Round extends JoinStormResult {
  serverCpuSeconds: number
}

/** The storm on a document that rests, and on one that others write at. */
export async function joinStorm(plan: Plan): Promise<Report[]> {
  if (findTrace(trace) === null) {
    const note = `Skipped: the editing history ${trace} is not here. Name the folder that holds it in TRACES_DIR.`
    return [{ name: "join-storm", title: titleOf("join-storm"), figures: null, table: "", notes: [note] }]
  }
  plan.progress("join storm: making the document")
  const folder = await mkdtemp(join(tmpdir(), "join-storm-"))
  try {
    const documentFile = join(folder, "document")
    await writeFile(documentFile, documentUpdate())
    return [
      await measured(plan, "join-storm", documentFile),
      await measured(plan, "hot-join-storm", documentFile),
    ]
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

type Name = "join-storm" | "hot-join-storm"

function titleOf(name: Name): string {
  const title = `Join storm: ${clients} clients that have nothing, on the ${trace} document`
  return name === "join-storm"
    ? title
    : `${title}, while ${hotWriters} others write ${updatesPerSecond} times a second each`
}

async function measured(plan: Plan, name: Name, documentFile: string): Promise<Report> {
  const writers = name === "hot-join-storm" ? hotWriters : 0
  const { taken, notes } = await measureAll(plan, name, async (server, contender) =>
    measureOnce(server, contender, { documentFile, writers }),
  )
  const share = (contender: Contender): number =>
    shareOf(taken, contender, relay, (round) => round.serverCpuSeconds)
  const bytes = taken[0]?.rounds[0]?.documentBytes ?? Number.NaN
  const rows = taken.map(({ contender, rounds }) => [
    contender.name,
    figure(median(rounds.map((round) => round.serverCpuSeconds)), "s"),
    share(contender).toFixed(2),
    ...latencyColumns(rounds.map((round) => round.join)),
    figure(median(rounds.map((round) => round.seconds)), "s"),
    loadColumn(rounds),
  ])
  return {
    name,
    title: titleOf(name),
    figures: taken.map(({ contender, rounds }) => ({ name: contender.name, rounds })),
    table: table(
      [
        "",
        "server CPU",
        "of the relay's",
        "p50 of a join",
        "p99",
        "until the last was synced",
        "clients' CPU",
      ],
      rows,
    ),
    notes: [
      ...notes,
      `Each client is given ${Math.round(bytes / 1000)} kB; 250 come at a time.`,
      ...(writers === 0
        ? []
        : [
            "Who has the document leaves again, but for one in a hundred, who in the end must have all that was written. " +
              "The relay keeps nothing: it answers with the document of before.",
          ]),
    ],
    measures: { [`${name}/of-relay`]: share(manyhands) },
  }
}

async function measureOnce(
  server: RunningServer,
  contender: Contender,
  { documentFile, writers }: { documentFile: string; writers: number },
): Promise<Round> {
  const room = "join-storm"
  const result = await runLoad(
    {
      kind: "join-storm",
      url: server.url(room),
      dialect: contender.dialect,
      room,
      clients,
      documentFile,
      writers,
      updatesPerSecond,
      isWhole: contender !== relay,
    },
    joinStormResult,
    { seeded: () => server.cpu.begin(), joined: () => server.cpu.end() },
  )
  return { ...result, serverCpuSeconds: server.cpu.seconds }
}
