import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import * as Y from "yjs"
import { parseRoomName } from "../../protocol/room-name.ts"
import { LmdbStore } from "../../sync-server/store/lmdb-store.ts"
import type { RoomUpdate, Store, StoredRoom } from "../../sync-server/store/store.ts"
import { compare } from "./compare.ts"
import { SeededRandom } from "./seeded-random.ts"
import { ServerHome, type ServerProcess } from "./server-process.ts"
import { storedHistory } from "./stored-history.ts"
import { until } from "./until.ts"
import { Writer } from "./writer.ts"
import { typedText, WrittenRoom } from "./written-room.ts"

const program = fileURLToPath(new URL("./sweeping-child.ts", import.meta.url))
const roomsAtOnce = 6
const changeEveryMs = 4
/** More than a room in use may have in its log: each is compacted as soon as the server looks. */
const longLog = 2_100
/** About as long as these stages take. */
const latestKillMs = { began: 60, swapping: 12 }
/** Every so many rounds other documents, so that a long run does not measure how large one can grow. */
const roundsPerEpoch = 5

const stages = ["began", "swapping", "ended"] as const
type Stage = (typeof stages)[number]

export interface CompactionKills {
  /** In which stage of a compaction the server was when it was killed; `ended`: none was running. */
  killed: Record<Stage, number>
  /** Compactions that were through. */
  compacted: number
  /** Changes that a client had been told are on disk. */
  acknowledged: number
  /** Entries of the history that were replayed, each time. */
  replayed: number
}

/**
 * Kills the server with SIGKILL while it compacts the logs of rooms that people write in, and again. After each kill the
 * documents, and the histories from their first entries, are compared with all that anybody had been told is on disk.
 *
 * That it finds what it looks for was tried with a store that removes the log in commits of their own before the one with the
 * snapshot: each of five runs, with the seeds 1 to 5, failed within its first four rounds. So did two of two runs, within twelve, where
 * the history segment came in a commit after the snapshot.
 * @throws Error that says what is wrong, in which round, and the seed.
 */
export async function killCompactions(options: {
  rounds: number
  seed: number
  onRound?: (round: number) => void
}): Promise<CompactionKills> {
  const random = new SeededRandom(options.seed)
  const home = await ServerHome.create()
  const result: CompactionKills = {
    killed: { began: 0, swapping: 0, ended: 0 },
    compacted: 0,
    acknowledged: 0,
    replayed: 0,
  }
  const rooms: WrittenRoom[] = []
  try {
    for (let round = 0; round < options.rounds; round += 1) {
      if (round % roundsPerEpoch === 0) rooms.push(...epoch(round))
      const written = rooms.slice(-roomsAtOnce)
      try {
        await fill(home, written, random)
        await oneRound({ home, written, random: random.fork(), result })
        await inspect(home, written, result)
      } catch (cause) {
        throw new Error(`Round ${round} of the seed ${options.seed} failed`, { cause })
      }
      options.onRound?.(round)
    }
    const server = home.launch()
    for (const room of rooms) await compare(server, room)
    await server.end("SIGTERM")
  } finally {
    await home.remove()
  }
  result.acknowledged = rooms.reduce((sum, { settled }) => sum + settled, 0)
  return result
}

function epoch(number: number): WrittenRoom[] {
  return Array.from({ length: roomsAtOnce }, (_, index) => new WrittenRoom(`room-${number}-${index}`))
}

/** Writes so much into each document that its log is long. No server runs. */
async function fill(home: ServerHome, rooms: readonly WrittenRoom[], random: SeededRandom): Promise<void> {
  const store = new LmdbStore(home.folder)
  try {
    for (const room of rooms) {
      const stored = await store.load(parseRoomName(room.name))
      const missing = longLog - (stored?.updates.length ?? 0)
      if (missing > 0) await appendTokens({ store, room, stored, count: missing, random })
    }
  } finally {
    await store.close()
  }
}

async function appendTokens(options: {
  store: Store
  room: WrittenRoom
  stored: StoredRoom | null
  count: number
  random: SeededRandom
}): Promise<void> {
  const { store, room, stored, count, random } = options
  const doc = documentOf(stored)
  const text = typedText(doc)
  const { tokenLength } = room.typed
  const batch: RoomUpdate[] = []
  doc.on("update", (update: Uint8Array) => {
    const sequence = (stored?.sequence ?? 0) + batch.length + 1
    batch.push({
      room: parseRoomName(room.name),
      sequence,
      time: 1_700_000_000_000 + sequence,
      authors: [],
      update,
    })
  })
  const tokens = Array.from({ length: count }, () => room.typed.make())
  for (const token of tokens) text.insert(random.below(text.length / tokenLength + 1) * tokenLength, token)
  await store.append(batch)
  for (const token of tokens) room.typed.settle(token, "insert")
  doc.destroy()
}

async function oneRound(options: {
  home: ServerHome
  written: readonly WrittenRoom[]
  random: SeededRandom
  result: CompactionKills
}): Promise<void> {
  const { home, written, random, result } = options
  const server = home.launch({}, { program })
  const writers: Writer[] = []
  try {
    for (const room of written)
      writers.push(new Writer({ url: await server.socketUrl(room.name), room, random: random.fork() }))
    await Promise.all(writers.map((writer) => writer.synced))
    for (const writer of writers) writer.type(changeEveryMs)
    await Promise.all(writers.map((writer) => writer.whenAcknowledged(1 + random.below(10))))
    server.signal("SIGUSR2")
    await momentFor(server, random)
  } finally {
    await server.end("SIGKILL")
    // What was on its way to a client when the server died still arrives, and counts.
    await Promise.all(writers.map((writer) => writer.closed))
    for (const writer of writers) writer.doc.destroy()
  }
  const told = stagesOf(server)
  result.killed[told.at(-1) ?? "ended"] += 1
  result.compacted += told.filter((stage) => stage === "ended").length
}

/** Resolves at the moment for the kill: after some of the compactions, and some time after a stage of the next. */
async function momentFor(server: ServerProcess, random: SeededRandom): Promise<void> {
  const stage = random.oneOf(["began", "swapping"] as const)
  const count = 1 + random.below(roomsAtOnce)
  const hasCome = (): boolean => stagesOf(server).filter((told) => told === stage).length >= count
  await until(`${count} compactions are so far: ${stage}`, hasCome, { everyMs: 1 })
  await delay(random.below(latestKillMs[stage]))
}

/** What the server said before it died, in order. */
function stagesOf(server: ServerProcess): Stage[] {
  return [...server.printed.matchAll(/^compaction (.*)$/gm)].flatMap(([, told]) =>
    stages.filter((stage) => stage === told),
  )
}

/** No server runs. @throws Error with all that a document or its history lacks or has too much */
async function inspect(
  home: ServerHome,
  rooms: readonly WrittenRoom[],
  result: CompactionKills,
): Promise<void> {
  const store = new LmdbStore(home.folder)
  try {
    for (const room of rooms) {
      const stored = await store.load(parseRoomName(room.name))
      const doc = documentOf(stored)
      const faults = room.faults(doc)
      doc.destroy()
      if (faults.length > 0) throw new Error(`${room.name}: ${faults.slice(0, 20).join("; ")}`)
      const history = await storedHistory(store, room)
      if (history.length !== stored?.sequence)
        throw new Error(`${room.name}: ${history.length} entries of history, not ${stored?.sequence}`)
      result.replayed += history.length
    }
  } finally {
    await store.close()
  }
}

function documentOf(stored: StoredRoom | null): Y.Doc {
  const doc = new Y.Doc()
  doc.transact(() => {
    if (stored?.snapshot != null) Y.applyUpdate(doc, stored.snapshot)
    for (const update of stored?.updates ?? []) Y.applyUpdate(doc, update)
  })
  return doc
}

/** The counts in one line. */
export function compactionKillsLine({ killed, compacted, acknowledged, replayed }: CompactionKills): string {
  return (
    `kill-compaction: ${killed.began + killed.swapping + killed.ended} kills, ${killed.began} while a room in use was compacted, ` +
    `${killed.swapping} while its log was swapped, ${killed.ended} between two; ${compacted} compactions were through; ` +
    `${acknowledged} durable changes, none lost, ${replayed} entries of history replayed without hole or double`
  )
}
