import { setTimeout as delay } from "node:timers/promises"
import * as Y from "yjs"
import { writeAwarenessEntries } from "../../protocol/message.ts"
import { Histogram } from "../statistics.ts"
import { Dialect } from "./dialect.ts"
import { evenly } from "./evenly.ts"
import { ownCpu } from "./own-cpu.ts"
import { clientFrame } from "./raw-socket.ts"
import { inTurn, numberedRoom } from "./rooms.ts"
import { closed, type Joined, join, type Target } from "./seeded-room.ts"
import { SlowReaders } from "./slow-readers.ts"
import { SoakWriter } from "./soak-writer.ts"
import type { SoakJob, SoakResult, SoakSample } from "./space-job.ts"
import { until } from "./until.ts"

const comeAtOnce = 50
const sampleMs = 5_000
/** Writers, and as many readers, that go and come back, a second. */
const comebacksPerSecond = 5
/** Rooms that somebody opens, writes into and leaves, a second. */
const visitsPerSecond = 5
const updatesOfAVisit = 3
/** Of each client, a second. */
const cursorsPerSecond = 1
/** How long after the last send the last acknowledgement may take. */
const deadline = 60_000

/** Everything that a busy day brings, for as long as one likes; in the end all that was acknowledged must be there. */
export async function soak(job: SoakJob, checkpoint: (name: string) => Promise<void>): Promise<SoakResult> {
  const crowd = new Crowd(job)
  await crowd.open()
  await checkpoint("joined")
  const cpu = ownCpu()
  const end = performance.now() + job.seconds * 1000
  const isOver = (): boolean => performance.now() >= end
  const slow = new SlowReaders(job)
  const [samples, visits, cursors, comebacks] = await Promise.all([
    takeSamples(crowd, isOver),
    crowd.visits(isOver),
    crowd.moveCursors(isOver),
    crowd.comebacks(isOver),
    crowd.write(isOver),
    slow.run(isOver),
  ])
  const loadCpuShare = cpu()
  await crowd.assertWhole()
  crowd.close()
  slow.close()
  await checkpoint("left")
  return { loadCpuShare, samples, updates: crowd.sent, comebacks, visits, cursors, catchUps: slow.catchUps }
}

async function takeSamples(crowd: Crowd, isOver: () => boolean): Promise<SoakSample[]> {
  const samples: SoakSample[] = []
  let before = crowd.acknowledged
  for (let due = performance.now() + sampleMs; !isOver(); due += sampleMs) {
    await delay(Math.max(0, due - performance.now()))
    const { acknowledged, latency } = crowd
    const isEmpty = latency.count === 0
    samples.push({
      at: Date.now(),
      acknowledged: acknowledged - before,
      p50: isEmpty ? null : latency.percentile(0.5),
      p99: isEmpty ? null : latency.percentile(0.99),
    })
    before = acknowledged
    latency.clear()
  }
  return samples
}

/** The clients of all steady rooms. */
class Crowd {
  readonly latency = new Histogram()
  readonly #job: SoakJob
  readonly #dialect: Dialect
  readonly #targets: Target[]
  readonly #writers: SoakWriter[]
  readonly #readers: (Joined | null)[]
  readonly #clocks: number[] = []

  constructor(job: SoakJob) {
    this.#job = job
    this.#dialect = new Dialect(job.dialect, job.room)
    this.#targets = Array.from({ length: job.rooms }, (_, number) => numberedRoom(job, number))
    this.#writers = Array.from(
      { length: job.rooms * job.writers },
      (_, number) => new SoakWriter(this.#roomOf(number), this.latency),
    )
    this.#readers = Array.from({ length: job.rooms * job.readers }, () => null)
  }

  get sent(): number {
    return this.#writers.reduce((sum, writer) => sum + writer.sent, 0)
  }

  get acknowledged(): number {
    return this.#writers.reduce((sum, writer) => sum + writer.acknowledged, 0)
  }

  async open(): Promise<void> {
    await inTurn(this.#writers.length, comeAtOnce, async (number) => this.#writers[number]?.open())
    await inTurn(this.#readers.length, comeAtOnce, (number) => this.#openReader(number))
  }

  async write(isOver: () => boolean): Promise<void> {
    const rate = this.#writers.length * this.#job.updatesPerSecond
    await evenly(
      Number.POSITIVE_INFINITY,
      rate,
      (number) => this.#writers[number % this.#writers.length]?.write(),
      isOver,
    )
  }

  /** Answers how many there were. */
  async comebacks(isOver: () => boolean): Promise<number> {
    let count = 0
    const coming: Promise<void>[] = []
    await evenly(
      Number.POSITIVE_INFINITY,
      comebacksPerSecond,
      (number) => {
        const writer = this.#writers[number % this.#writers.length]
        if (writer === undefined || writer.isAway) return
        count += 2
        coming[number % this.#writers.length] = this.#comeBack(writer, number % this.#readers.length)
      },
      isOver,
    )
    await Promise.all(coming)
    return count
  }

  async #comeBack(writer: SoakWriter, reader: number): Promise<void> {
    await writer.comeBack()
    this.#readers[reader]?.socket.destroy()
    await this.#openReader(reader)
  }

  /** Answers how many there were. */
  async visits(isOver: () => boolean): Promise<number> {
    let count = 0
    const visits = new Set<Promise<void>>()
    await evenly(
      Number.POSITIVE_INFINITY,
      visitsPerSecond,
      (number) => {
        const target = numberedRoom(this.#job, this.#job.rooms + number)
        const visit = this.#visit(target).finally(() => visits.delete(visit))
        visits.add(visit)
        count += 1
      },
      isOver,
    )
    await Promise.all(visits)
    return count
  }

  async #visit(target: Target): Promise<void> {
    const visitor = new SoakWriter(target, null)
    await visitor.open()
    for (let number = 0; number < updatesOfAVisit; number += 1) visitor.write()
    await this.#whenAcknowledged([visitor])
    visitor.close()
  }

  /** Answers how many moves there were. */
  async moveCursors(isOver: () => boolean): Promise<number> {
    let count = 0
    const clients = this.#writers.length + this.#readers.length
    await evenly(
      Number.POSITIVE_INFINITY,
      clients * cursorsPerSecond,
      (number) => {
        const client = number % clients
        const frame = clientFrame(this.#dialect.awareness(this.#cursor(client)))
        const writer = this.#writers[client]
        if (writer !== undefined) writer.sendBeside(frame)
        else this.#readers[client - this.#writers.length]?.socket.send(frame)
        count += 1
      },
      isOver,
    )
    return count
  }

  /** @throws Error when something is not acknowledged in time, or a room does not hold what was written there. */
  async assertWhole(): Promise<void> {
    await this.#whenAcknowledged(this.#writers)
    await inTurn(this.#targets.length, 1, async (number) => {
      const target = this.#targets[number] ?? this.#job
      const { socket, document } = await join(target)
      socket.destroy()
      const doc = new Y.Doc()
      Y.applyUpdate(doc, document.subarray(this.#dialect.updateStart(document, 0)))
      let text = doc.getText("codemirror").toString()
      for (const writer of this.#writers.filter((_, index) => this.#roomOf(index) === target))
        text = text.replace(writer.text, "")
      if (text !== "") throw new Error(`${target.room} does not hold what was written: ${text.slice(0, 200)}`)
    })
  }

  close(): void {
    for (const writer of this.#writers) writer.close()
    for (const reader of this.#readers) reader?.socket.destroy()
  }

  async #whenAcknowledged(writers: readonly SoakWriter[]): Promise<void> {
    if (await until(() => writers.every((writer) => writer.acknowledged === writer.sent), deadline)) return
    throw new Error("There are updates that the server never acknowledged")
  }

  async #openReader(number: number): Promise<void> {
    this.#readers[number] = await join(this.#roomOf(number), () => {}, closed)
  }

  #roomOf(client: number): Target {
    return this.#targets[client % this.#targets.length] ?? this.#job
  }

  #cursor(client: number): Uint8Array {
    const clock = (this.#clocks[client] ?? 0) + 1
    this.#clocks[client] = clock
    const state = {
      user: { name: `Client ${client}`, color: "#336699" },
      cursor: { anchor: clock, head: clock },
    }
    return writeAwarenessEntries([{ clientId: client + 1, clock, state }])
  }
}
