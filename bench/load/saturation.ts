import { setTimeout as delay } from "node:timers/promises"
import * as Y from "yjs"
import { Dialect } from "./dialect.ts"
import type { SaturationJob, SaturationResult } from "./job.ts"
import { ownCpu } from "./own-cpu.ts"
import { type PreparedWriter, readWriters } from "./prepared-writers.ts"
import type { RawSocket } from "./raw-socket.ts"
import { inTurn, numberedRoom } from "./rooms.ts"
import { closed, join, type Target } from "./seeded-room.ts"
import { until } from "./until.ts"
import { VarUints } from "./var-uints.ts"

/** How long after the last send the last confirmation may take. */
const deadline = 30_000
const comeAtOnce = 50
/** Every so many rooms one is looked at in the end: whether it holds all that was sent. */
const checkEvery = 20

/** Everybody sends as fast as the server confirms. What is counted is what was confirmed within the time. */
export async function saturation(
  job: SaturationJob,
  checkpoint: (name: string) => Promise<void>,
): Promise<SaturationResult> {
  const prepared = await readWriters(job.updatesFile)
  const turn = new Turn()
  const writers = prepared.slice(0, job.rooms * 2).map((one) => new Writer(job, one, turn))
  await inTurn(writers.length, comeAtOnce, async (number) => {
    const room = Math.floor(number / 2)
    const neighbour = writers[number % 2 === 0 ? number + 1 : number - 1]
    if (neighbour === undefined) throw new RangeError("Every room has two writers")
    await writers[number]?.open(numberedRoom(job, room), neighbour)
  })
  for (const writer of writers) writer.goOn()
  await delay(job.warmUpSeconds * 1000)
  await checkpoint("warm")
  const cpu = ownCpu()
  const start = performance.now()
  const before = confirmedBy(writers)
  const ranOut = await until(() => writers.some((writer) => writer.ranOut), job.seconds * 1000)
  const confirmed = confirmedBy(writers) - before
  const seconds = (performance.now() - start) / 1000
  const loadCpuShare = cpu()
  await checkpoint("measured")
  for (const writer of writers) writer.stop()
  if (!(await until(() => writers.every((writer) => writer.inFlight === 0), deadline)))
    throw new Error("There are updates that the server never confirmed")
  for (let room = 0; room < job.rooms; room += checkEvery)
    await assertWhole(numberedRoom(job, room), writers.slice(room * 2, room * 2 + 2))
  for (const writer of writers) writer.close()
  return { confirmed, seconds, ranOut, loadCpuShare }
}

function confirmedBy(writers: readonly Writer[]): number {
  return writers.reduce((sum, writer) => sum + writer.confirmed, 0)
}

async function assertWhole(target: Target, writers: readonly Writer[]): Promise<void> {
  const dialect = new Dialect(target.dialect, target.room)
  const { socket, document } = await join(target)
  socket.destroy()
  const doc = new Y.Doc()
  Y.applyUpdate(doc, document.subarray(dialect.updateStart(document, 0)))
  const expected = writers.reduce((sum, writer) => sum + writer.confirmed, 0)
  const { length } = doc.getText("codemirror")
  if (length !== expected)
    throw new Error(`${expected} characters were confirmed, and the room holds ${length}`)
}

/** What has to be sent is sent once a turn of the event loop, so that what was read together is answered together. */
class Turn {
  readonly #waiting = new Set<Writer>()

  add(writer: Writer): void {
    if (this.#waiting.size === 0) setImmediate(() => this.#end())
    this.#waiting.add(writer)
  }

  #end(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const writer of waiting) writer.goOn()
  }
}

class Writer {
  readonly #job: SaturationJob
  readonly #prepared: PreparedWriter
  readonly #dialect: Dialect
  readonly #turn: Turn
  #socket: RawSocket | null = null
  #sent = 0
  #isStopped = false
  confirmed = 0

  constructor(job: SaturationJob, prepared: PreparedWriter, turn: Turn) {
    this.#job = job
    this.#prepared = prepared
    this.#dialect = new Dialect(job.dialect, job.room)
    this.#turn = turn
  }

  get inFlight(): number {
    return this.#sent - this.confirmed
  }

  get ranOut(): boolean {
    return this.#sent === this.#prepared.ends.length - 1
  }

  async open(target: Target, neighbour: Writer): Promise<void> {
    const take = (buffer: Buffer, start: number): void => {
      const kind = this.#dialect.kind(buffer, start)
      if (this.#job.confirmedBy === "acknowledgement") {
        if (kind === "acknowledgement")
          this.#confirm(this.#dialect.acknowledged(buffer, start, this.confirmed))
      } else if (kind === "update") neighbour.#delivered(buffer, this.#dialect.updateStart(buffer, start))
    }
    this.#socket = (await join(target, take, closed)).socket
  }

  /** Sends as much as may be in flight. */
  goOn(): void {
    const { ends, frames } = this.#prepared
    const until = Math.min(ends.length - 1, this.confirmed + this.#job.inFlight)
    if (this.#isStopped || until <= this.#sent) return
    this.#socket?.send(frames.subarray(ends[this.#sent], ends[until]))
    this.#sent = until
  }

  stop(): void {
    this.#isStopped = true
  }

  close(): void {
    this.#socket?.destroy()
  }

  /** An update came to the other one in the room: ours, or an echo of its own, which some servers send. */
  #delivered(buffer: Buffer, updateStart: number): void {
    const numbers = new VarUints(buffer, updateStart)
    const writers = numbers.next()
    const structs = numbers.next()
    if (writers !== 1 || structs !== 1)
      throw new Error("A server that merges updates is not counted by what it delivers")
    if (numbers.next() === this.#prepared.clientId) this.#confirm(this.confirmed + 1)
  }

  #confirm(confirmed: number): void {
    this.confirmed = confirmed
    if (!this.#isStopped) this.#turn.add(this)
  }
}
