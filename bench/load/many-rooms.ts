import * as Y from "yjs"
import { Histogram } from "../statistics.ts"
import { Dialect } from "./dialect.ts"
import { evenly } from "./evenly.ts"
import type { ManyRoomsJob, ManyRoomsResult } from "./job.ts"
import { latencyOf } from "./latency.ts"
import { ownCpu } from "./own-cpu.ts"
import { clientFrame, type RawSocket } from "./raw-socket.ts"
import { inTurn, numberedRoom } from "./rooms.ts"
import { closed, join, type Target } from "./seeded-room.ts"
import { findTokens, token } from "./token.ts"
import { until } from "./until.ts"

/** How long after the last send an update may take to come to its reader. */
const deadline = 30_000
const comeAtOnce = 50

interface Latencies {
  delivery: Histogram
  acknowledgement: Histogram
}

/** Many documents, each with one who writes a word a second and one who reads. */
export async function manyRooms(
  job: ManyRoomsJob,
  checkpoint: (name: string) => Promise<void>,
): Promise<ManyRoomsResult> {
  const latencies: Latencies = { delivery: new Histogram(), acknowledgement: new Histogram() }
  const rooms = Array.from({ length: job.rooms }, (_, number) => new WrittenRoom(job, number, latencies))
  await inTurn(job.rooms, comeAtOnce, async (number) => rooms[number]?.open())
  // The first word of each room makes its document, and is not measured.
  await evenly(job.rooms, job.rooms, (number) => rooms[number]?.write())
  if (!(await until(() => rooms.every((room) => room.missing === 0), deadline)))
    throw new Error("There is a room whose reader was never given its document")
  latencies.delivery.clear()
  latencies.acknowledgement.clear()
  await checkpoint("joined")
  const cpu = ownCpu()
  await evenly(job.rooms * job.updates, job.rooms, (number) => rooms[number % job.rooms]?.write())
  await until(() => rooms.every((room) => room.missing === 0), deadline)
  const loadCpuShare = cpu()
  await checkpoint("delivered")
  for (const room of rooms) room.close()
  return {
    delivery: latencyOf(latencies.delivery),
    acknowledgement: latencyOf(latencies.acknowledgement),
    missing: rooms.reduce((sum, room) => sum + room.missing, 0),
    loadCpuShare,
  }
}

/** One document with its writer and its reader. */
class WrittenRoom {
  readonly #target: Target
  readonly #dialect: Dialect
  readonly #latencies: Latencies
  readonly #frames: Buffer[]
  readonly #sentAt: number[] = []
  #sockets: RawSocket[] = []
  #read = 0
  #acknowledged = 0

  constructor(job: ManyRoomsJob, number: number, latencies: Latencies) {
    this.#target = numberedRoom(job, number)
    this.#dialect = new Dialect(job.dialect, this.#target.room)
    this.#latencies = latencies
    this.#frames = wordsOf(job.updates + 1).map((update) => clientFrame(this.#dialect.update(update)))
  }

  /** Updates that were sent and did not come to the reader. */
  get missing(): number {
    return this.#sentAt.length - this.#read
  }

  async open(): Promise<void> {
    const writer = await join(
      this.#target,
      (buffer, start) => this.#takeAcknowledgement(buffer, start),
      closed,
    )
    const reader = await join(
      this.#target,
      (buffer, start, end) => this.#takeWord(buffer, start, end),
      closed,
    )
    this.#sockets = [writer.socket, reader.socket]
  }

  write(): void {
    const frame = this.#frames[this.#sentAt.length]
    if (frame === undefined) return
    this.#sentAt.push(performance.now())
    this.#sockets[0]?.send(frame)
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #takeWord(buffer: Buffer, start: number, end: number): void {
    if (this.#dialect.kind(buffer, start) !== "update") return
    const now = performance.now()
    findTokens(buffer, start, end, (number) => {
      if (number !== this.#read) throw new Error(`Word ${number} came after ${this.#read} words`)
      this.#latencies.delivery.add(now - (this.#sentAt[number] ?? Number.NaN))
      this.#read += 1
    })
  }

  #takeAcknowledgement(buffer: Buffer, start: number): void {
    if (this.#dialect.kind(buffer, start) !== "acknowledgement") return
    const now = performance.now()
    const until = this.#dialect.acknowledged(buffer, start, this.#acknowledged)
    for (const time of this.#sentAt.slice(this.#acknowledged, until))
      this.#latencies.acknowledgement.add(now - time)
    this.#acknowledged = until
  }
}

/** The first one comes with a page of text, the others are a word each. */
function wordsOf(count: number): Uint8Array[] {
  const updates: Uint8Array[] = []
  const doc = new Y.Doc()
  doc.on("update", (update) => updates.push(update))
  const text = doc.getText("codemirror")
  const page = "All of this was here before anybody came. ".repeat(25)
  for (let number = 0; number < count; number += 1)
    text.insert(text.length, `${number === 0 ? page : ""}${token(number)} `)
  doc.destroy()
  return updates
}
