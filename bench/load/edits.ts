import { readFile } from "node:fs/promises"
import { setTimeout as delay } from "node:timers/promises"
import * as Y from "yjs"
import { Histogram } from "../statistics.ts"
import { Dialect } from "./dialect.ts"
import { ownCpu } from "./own-cpu.ts"
import { clientFrame, type RawSocket } from "./raw-socket.ts"
import { inTurn, numberedRoom } from "./rooms.ts"
import { join, seedRoom, type Target } from "./seeded-room.ts"
import type { EditsJob, EditsResult } from "./space-job.ts"
import { findTokens, token } from "./token.ts"

const comeAtOnce = 50
/** How long after the last send a delivery still counts. */
const graceMs = 10_000

/** Writers at a steady rate, a room each, before readers; others come for the document and leave while that goes on. */
export async function edits(
  job: EditsJob,
  checkpoint: (name: string) => Promise<void>,
): Promise<EditsResult> {
  const base = job.documentFile === null ? null : await readFile(job.documentFile)
  const count = Math.round(job.updatesPerSecond * job.seconds)
  const prepared = prepareUpdates(job, count, base)
  const deliveries = new Deliveries(count * job.readers)
  const rooms = Array.from({ length: job.rooms }, (_, number) =>
    job.rooms === 1 ? job : numberedRoom(job, number),
  )
  const sockets: RawSocket[] = []
  const writers: { socket: RawSocket; frames: Buffer[] }[] = []
  await inTurn(rooms.length, comeAtOnce, async (number) => {
    const room = rooms[number] ?? job
    const dialect = new Dialect(job.dialect, room.room)
    if (base === null) sockets.push((await seedRoom(room, prepared.first)).socket)
    await inTurn(job.readers, comeAtOnce, async () => {
      const { socket } = await join(room, (buffer, start, end) => {
        if (dialect.kind(buffer, start) === "update") deliveries.read(buffer, start, end)
      })
      sockets.push(socket)
    })
    const { socket } = await join(room)
    sockets.push(socket)
    const own = prepared.updates.filter((_, index) => index % job.rooms === number)
    writers[number] = { socket, frames: own.map((update) => clientFrame(dialect.update(update))) }
  })
  await checkpoint("joined")
  const cpu = ownCpu()
  const joins = new Joins(rooms[0] ?? job, job.joinsPerSecond)
  const interval = 1000 / job.updatesPerSecond
  const start = performance.now()
  for (let number = 0; number < count; number += 1) {
    const wait = start + number * interval - performance.now()
    if (wait > 0) await delay(wait)
    const writer = writers[number % job.rooms]
    const frame = writer?.frames[Math.floor(number / job.rooms)]
    if (writer === undefined || frame === undefined)
      throw new RangeError("There is a writer for every update")
    deliveries.sent(number)
    writer.socket.send(frame)
  }
  await Promise.race([deliveries.all, delay(graceMs, undefined, { ref: false })])
  const loadCpuShare = cpu()
  await checkpoint("delivered")
  await joins.end()
  for (const socket of sockets) socket.destroy()
  const { latency, received } = deliveries
  return {
    loadCpuShare,
    updates: count,
    deliveries: received,
    p50: latency.percentile(0.5),
    p99: latency.percentile(0.99),
    joins: joins.count,
  }
}

/** Every update types a token, at places all over the document where there is one. They are spread over the rooms in turn. */
function prepareUpdates(
  job: EditsJob,
  count: number,
  base: Uint8Array | null,
): { first: Uint8Array; updates: Uint8Array[] } {
  const first = new Y.Doc()
  first.getText("codemirror").insert(0, "All of this was here before. ")
  const start = base ?? Y.encodeStateAsUpdate(first)
  const updates: Uint8Array[] = []
  const docs = Array.from({ length: base === null ? job.rooms : 1 }, () => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, start)
    doc.on("update", (update: Uint8Array) => updates.push(update))
    return doc
  })
  for (let number = 0; number < count; number += 1) {
    const text = docs[number % docs.length]?.getText("codemirror")
    text?.insert(Math.floor((text.length * (number + 1)) / (count + 1)), `${token(number)} `)
  }
  return { first: start, updates }
}

/** People who come for the document, one after the other at a steady pace, and leave again. */
class Joins {
  count = 0
  readonly #ending = new AbortController()
  readonly #running: Promise<void>

  constructor(room: Target, perSecond: number) {
    this.#running = perSecond === 0 ? Promise.resolve() : this.#come(room, 1000 / perSecond)
  }

  /** @throws Error when one of them got nothing. */
  async end(): Promise<void> {
    this.#ending.abort()
    await this.#running
  }

  async #come(room: Target, everyMs: number): Promise<void> {
    const start = performance.now()
    while (!this.#ending.signal.aborted) {
      const { socket } = await join(room)
      socket.destroy()
      this.count += 1
      await delay(Math.max(1, start + this.count * everyMs - performance.now()))
    }
  }
}

class Deliveries {
  readonly latency = new Histogram()
  readonly all: Promise<void>
  received = 0
  readonly #expected: number
  readonly #sentAt: number[] = []
  readonly #resolve: () => void

  constructor(expected: number) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.all = promise
    this.#resolve = resolve
    this.#expected = expected
  }

  sent(number: number): void {
    this.#sentAt[number] = performance.now()
  }

  read(buffer: Buffer, start: number, end: number): void {
    const now = performance.now()
    findTokens(buffer, start, end, (number) => {
      const sentAt = this.#sentAt[number]
      if (sentAt === undefined) return
      this.latency.add(now - sentAt)
      this.received += 1
      if (this.received === this.#expected) this.#resolve()
    })
  }
}
