import { readFile } from "node:fs/promises"
import * as Y from "yjs"
import { Histogram } from "../statistics.ts"
import { Dialect } from "./dialect.ts"
import { evenly } from "./evenly.ts"
import type { JoinStormJob, JoinStormResult } from "./job.ts"
import { latencyOf } from "./latency.ts"
import { ownCpu } from "./own-cpu.ts"
import { clientFrame, type RawSocket } from "./raw-socket.ts"
import { inTurn } from "./rooms.ts"
import { closed, type Joined, join, joinAll, seedRoom } from "./seeded-room.ts"
import { until } from "./until.ts"

/** So many connections are being made or synced at a time: more only wait in the kernel's queue of handshakes. */
const comeAtOnce = 250
/** While others write, one in so many stays, and has to end up with all that they wrote. */
const stayEvery = 100
/** The writers have prepared words for this long, and stop when the last client has come. */
const writeSeconds = 30
const deadline = 20_000

/** Everybody comes with nothing and wants the whole document. */
export async function joinStorm(
  job: JoinStormJob,
  checkpoint: (name: string) => Promise<void>,
): Promise<JoinStormResult> {
  const update = await readFile(job.documentFile)
  const seed = await seedRoom(job, update)
  const dialect = new Dialect(job.dialect, job.room)
  if (textOf([updateOf(dialect, seed.document)]) !== textOf([update]))
    throw new Error("The server's document is not the one that it was given")
  const storm = job.writers === 0 ? new ColdStorm(job, seed) : new HotStorm(job, update, seed)
  await storm.prepare()
  await checkpoint("seeded")
  const cpu = ownCpu()
  const start = performance.now()
  await inTurn(job.clients, comeAtOnce, (client) => storm.come(client))
  const seconds = (performance.now() - start) / 1000
  const loadCpuShare = cpu()
  await checkpoint("joined")
  await storm.end()
  seed.socket.destroy()
  return { seconds, loadCpuShare, documentBytes: seed.document.length, join: latencyOf(storm.latency) }
}

/** What happens around those who come. */
interface Storm {
  readonly latency: Histogram
  prepare(): Promise<void>
  come(client: number): Promise<void>
  /** Everybody has come. @throws Error when somebody was not given what they should have been. */
  end(): Promise<void>
}

/** Nobody writes: everybody is given the same bytes, and stays. */
class ColdStorm implements Storm {
  readonly latency = new Histogram()
  readonly #job: JoinStormJob
  readonly #seed: Joined
  readonly #joined: Joined[] = []

  constructor(job: JoinStormJob, seed: Joined) {
    this.#job = job
    this.#seed = seed
  }

  async prepare(): Promise<void> {}

  async come(_client: number): Promise<void> {
    const start = performance.now()
    const joined = await join(this.#job, () => {}, closed)
    this.latency.add(performance.now() - start)
    this.#joined.push(joined)
    if (!joined.document.equals(this.#seed.document))
      throw new Error("A client was given another document than the first one")
  }

  async end(): Promise<void> {
    for (const { socket } of this.#joined) socket.destroy()
  }
}

/** Some write all the time. Who has the document leaves, so that it is the joins that are measured and not the fan-out. */
class HotStorm implements Storm {
  readonly latency = new Histogram()
  readonly #job: JoinStormJob
  readonly #dialect: Dialect
  readonly #base: Uint8Array
  readonly #seed: Joined
  readonly #updates: Uint8Array[]
  #sent = 0
  #isOver = false
  #writing: Promise<void> = Promise.resolve()
  #writers: RawSocket[] = []
  readonly #stayed: Stayed[] = []

  constructor(job: JoinStormJob, base: Uint8Array, seed: Joined) {
    this.#job = job
    this.#dialect = new Dialect(job.dialect, job.room)
    this.#base = base
    this.#seed = seed
    this.#updates = wordsOf(base, job.writers, job.writers * job.updatesPerSecond * writeSeconds)
  }

  async prepare(): Promise<void> {
    const frames = this.#updates.map((update) => clientFrame(this.#dialect.update(update)))
    this.#writers = await joinAll(this.#job, this.#job.writers, () => {})
    this.#writing = evenly(
      frames.length,
      this.#job.writers * this.#job.updatesPerSecond,
      (number) => {
        const frame = frames[number]
        if (frame !== undefined) this.#writers[number % this.#writers.length]?.send(frame)
        this.#sent = number + 1
      },
      () => this.#isOver,
    )
  }

  async come(client: number): Promise<void> {
    const stayed = client % stayEvery === 0 ? new Stayed(this.#dialect) : null
    const take = (buffer: Buffer, start: number, end: number): void => stayed?.take(buffer, start, end)
    const start = performance.now()
    const { socket, document } = await join(this.#job, take, closed, take)
    this.latency.add(performance.now() - start)
    if (document.length < this.#seed.document.length)
      throw new Error("A client was given less than there was before")
    if (stayed === null) socket.destroy()
    else this.#stayed.push(stayed.on(socket))
  }

  async end(): Promise<void> {
    this.#isOver = true
    await this.#writing
    if (this.#job.isWhole) await this.#assertWhole()
    for (const stayed of this.#stayed) stayed.close()
    for (const socket of this.#writers) socket.destroy()
  }

  async #assertWhole(): Promise<void> {
    const expected = textOf([this.#base, ...this.#updates.slice(0, this.#sent)])
    if (!(await until(() => this.#stayed.every((stayed) => stayed.length === expected.length), deadline)))
      throw new Error("A client that came while others wrote does not have all that they wrote")
    if (this.#stayed.some((stayed) => stayed.text !== expected))
      throw new Error("A client that came while others wrote has another document than they have")
  }
}

/** A client that keeps its document up to date. */
class Stayed {
  readonly #dialect: Dialect
  readonly #doc = new Y.Doc()
  readonly #waiting: Uint8Array[] = []
  #socket: RawSocket | null = null

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  on(socket: RawSocket): this {
    this.#socket = socket
    return this
  }

  /** Kept as it comes: what is done with it would be done while others are measured. */
  take(buffer: Buffer, start: number, end: number): void {
    const kind = this.#dialect.kind(buffer, start)
    if (kind === "document" || kind === "update")
      this.#waiting.push(Buffer.from(updateOf(this.#dialect, buffer.subarray(start, end))))
  }

  get length(): number {
    for (const update of this.#waiting.splice(0)) Y.applyUpdate(this.#doc, update)
    return this.#doc.getText("codemirror").length
  }

  get text(): string {
    return this.#doc.getText("codemirror").toString()
  }

  close(): void {
    this.#socket?.destroy()
    this.#doc.destroy()
  }
}

/** Each writer types at the end of the document that all were given. */
function wordsOf(base: Uint8Array, writers: number, count: number): Uint8Array[] {
  const updates: Uint8Array[] = []
  const docs = Array.from({ length: writers }, () => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, base)
    doc.on("update", (update) => updates.push(update))
    return doc.getText("codemirror")
  })
  for (let number = 0; number < count; number += 1) {
    const text = docs[number % writers]
    text?.insert(text.length, "word ")
  }
  return updates
}

function updateOf(dialect: Dialect, frame: Uint8Array): Uint8Array {
  return frame.subarray(dialect.updateStart(frame, 0))
}

function textOf(updates: readonly Uint8Array[]): string {
  const doc = new Y.Doc()
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update)
  })
  return doc.getText("codemirror").toString()
}
