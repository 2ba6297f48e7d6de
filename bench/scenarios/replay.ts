import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join as joinPath } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import * as Y from "yjs"
import { findTrace, readTrace, traceUpdates } from "../../test/fixtures/traces.ts"
import {
  type Contender,
  hocuspocus,
  type Launch,
  manyhands,
  type RunningServer,
  yWebsocket,
} from "../contenders.ts"
import { Dialect } from "../load/dialect.ts"
import { packUpdates } from "../load/packed-updates.ts"
import { join } from "../load/seeded-room.ts"
import { bareReplayResult, type ReplayResult, replayResult } from "../load/space-job.ts"
import { runLoad } from "../load-process.ts"
import { whenEmpty } from "../metrics-page.ts"
import { measureAll, type Plan, type Report, type Taken } from "../scenario.ts"
import { median } from "../statistics.ts"
import { duration, figure, table } from "../table.ts"

const trace = "automerge-paper"
/** Enough that a server which answers 20 times a second is never without work. */
const inFlight = 20_000
const marker = "<<this is where the history ends>>"
const room = "replay"
const pollMs = 200
/** The store's file counts as final when it has not changed for so long. */
const stillMs = 5_000

interface Round extends ReplayResult {
  serverCpuSeconds: number
  /** Of what is in the store's folder, once the room is unloaded and compacted; null where nothing is kept. */
  fileBytes: number | null
}

interface History {
  updatesFile: string
  updates: number
  endText: string
}

export async function replay(plan: Plan): Promise<Report> {
  const title = `Replay: the ${trace} document typed by one client, a message an edit, as fast as it goes`
  if (findTrace(trace) === null) {
    const note = `Skipped: the editing history ${trace} is not here. Name the folder that holds it in TRACES_DIR.`
    return { name: "replay", title, figures: null, table: "", notes: [note] }
  }
  plan.progress("replay: making the updates")
  const folder = await mkdtemp(joinPath(tmpdir(), "replay-"))
  try {
    const history = await writeHistory(joinPath(folder, "updates"))
    const bare: number[] = []
    for (let round = 1; round <= plan.rounds; round += 1) {
      plan.progress(`replay: a bare Y.Doc, ${round} of ${plan.rounds}`)
      const job = { kind: "bare-replay", updatesFile: history.updatesFile } as const
      bare.push((await runLoad(job, bareReplayResult)).seconds)
    }
    const own = kept(manyhands)
    const { taken, notes } = await measureAll(
      plan,
      "replay",
      (server, contender) =>
        measureOnce(server, contender, history, contender === own.contender ? own : null),
      [own.contender, yWebsocket, hocuspocus],
    )
    return report({ title, history, bare, taken, notes, own: own.contender })
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function writeHistory(updatesFile: string): Promise<History> {
  const source = readTrace(trace)
  const updates = traceUpdates(source).map(({ update }) => update)
  const doc = new Y.Doc()
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update)
  })
  const text = doc.getText("codemirror")
  if (text.toString() !== source.endContent) throw new Error("The history does not end with its own end")
  doc.on("update", (update: Uint8Array) => updates.push(update))
  text.insert(text.length, marker)
  await writeFile(updatesFile, packUpdates(updates))
  return { updatesFile, updates: updates.length, endText: text.toString() }
}

/** Our own server, whose folder outlives it, so that it can be started on it again. */
function kept(contender: Contender): { contender: Contender; launch: Launch | null } {
  const own: { contender: Contender; launch: Launch | null } = {
    launch: null,
    contender: {
      name: contender.name,
      dialect: contender.dialect,
      missing: () => contender.missing(),
      async prepare() {
        own.launch = await contender.prepare()
        return own.launch
      },
    },
  }
  return own
}

async function measureOnce(
  server: RunningServer,
  { dialect }: Contender,
  history: History,
  own: { launch: Launch | null } | null,
): Promise<Round> {
  const result = await runLoad(
    {
      kind: "replay",
      url: server.url(room),
      dialect,
      room,
      updatesFile: history.updatesFile,
      marker,
      inFlight,
    },
    replayResult,
    { joined: () => server.cpu.begin(), delivered: () => server.cpu.end() },
  )
  const round = { ...result, serverCpuSeconds: server.cpu.seconds }
  const folder = own?.launch?.env["DATA_DIR"]
  if (own?.launch === undefined || own.launch === null || folder === undefined)
    return { ...round, fileBytes: null }
  const fileBytes = await sizeAtRest(server, folder)
  await assertText(server, history.endText)
  return { ...round, fileBytes }
}

/** Bytes of what is in the folder, once the room is unloaded and nothing changes any more. */
async function sizeAtRest(server: RunningServer, folder: string): Promise<number> {
  await whenEmpty(server)
  let last = await lookInto(folder)
  let since = performance.now()
  while (performance.now() - since < stillMs) {
    await delay(pollMs)
    const now = await lookInto(folder)
    if (now.changed !== last.changed) since = performance.now()
    last = now
  }
  return last.bytes
}

async function lookInto(folder: string): Promise<{ bytes: number; changed: number }> {
  const names = await readdir(folder)
  const files = await Promise.all(names.map((name) => stat(joinPath(folder, name))))
  return {
    bytes: files.reduce((sum, file) => sum + file.size, 0),
    changed: Math.max(...files.map((file) => file.mtimeMs)),
  }
}

/** @throws Error when somebody who comes with nothing is given another text. */
async function assertText(server: RunningServer, expected: string): Promise<void> {
  const target = { url: server.url(room), dialect: manyhands.dialect, room }
  const { socket, document } = await join(target)
  socket.destroy()
  const doc = new Y.Doc()
  Y.applyUpdate(doc, document.subarray(new Dialect(target.dialect, room).updateStart(document, 0)))
  if (doc.getText("codemirror").toString() !== expected)
    throw new Error("The text is not the one that was typed")
}

function report(measured: {
  title: string
  history: History
  bare: readonly number[]
  taken: readonly Taken<Round>[]
  notes: readonly string[]
  own: Contender
}): Report {
  const { history, taken, bare } = measured
  const bareSeconds = median(bare)
  const rows = taken.map(({ contender, rounds }) => {
    const acknowledged = rounds.map((round) => round.acknowledged ?? Number.NaN)
    return [
      contender.name,
      duration(median(acknowledged) * 1000),
      duration(median(rounds.map((round) => round.delivered)) * 1000),
      figure(median(rounds.map((round) => round.serverCpuSeconds)), "s"),
      figure(median(rounds.map((round) => (round.fileBytes ?? Number.NaN) / 1e6)), "MB"),
      `${Math.round(median(rounds.map((round) => round.loadCpuShare)) * 100)} %`,
    ]
  })
  const ownRounds = taken.find(({ contender }) => contender === measured.own)?.rounds ?? []
  return {
    name: "replay",
    title: measured.title,
    figures: { bare, servers: taken.map(({ contender, rounds }) => ({ name: contender.name, rounds })) },
    table: table(
      ["", "all acknowledged", "a second client has all", "server CPU", "its store at rest", "clients' CPU"],
      [...rows, ["a bare Y.Doc, no server", "-", "-", duration(bareSeconds * 1000), "-", "-"]],
    ),
    notes: [
      ...measured.notes,
      `${history.updates} updates, at most ${inFlight} of which nothing was heard yet. Ours acknowledges from the disk, Hocuspocus from memory. Ours was asked for the document again after its room was unloaded: it is the text that was typed.`,
    ],
    measures: {
      "replay/of-bare": median(ownRounds.map((round) => round.acknowledged ?? Number.NaN)) / bareSeconds,
      "replay/file": median(ownRounds.map((round) => (round.fileBytes ?? Number.NaN) / 1e6)),
    },
  }
}
