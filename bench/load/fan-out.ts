import { setTimeout as delay } from "node:timers/promises"
import * as Y from "yjs"
import { Histogram } from "../statistics.ts"
import { Dialect } from "./dialect.ts"
import { evenly } from "./evenly.ts"
import type { FanOutJob, FanOutResult } from "./job.ts"
import { latencyOf } from "./latency.ts"
import { ownCpu } from "./own-cpu.ts"
import { clientFrame } from "./raw-socket.ts"
import { joinAll, seedRoom } from "./seeded-room.ts"
import { findTokens, token } from "./token.ts"

/** How long after the last send a delivery still counts. */
const deadline = 60_000

/**
 * Readers that only read, writers that send at a steady rate, evenly spread. Every update carries a token and is looked
 * for in whatever frame brings it to a reader; a server may merge updates as it likes.
 */
export async function fanOut(
  job: FanOutJob,
  checkpoint: (name: string) => Promise<void>,
): Promise<FanOutResult> {
  const dialect = new Dialect(job.dialect, job.room)
  const prepared = prepareUpdates(job)
  const frames = prepared.updates.map((update) => clientFrame(dialect.update(update)))
  const measure = new Deliveries(job.readers, frames.length)
  const seed = await seedRoom(job, prepared.base)
  const readers = await joinAll(job, job.readers, (reader, buffer, start, end) => {
    if (dialect.kind(buffer, start) === "update") measure.read(reader, buffer, start, end)
  })
  const acknowledgements = new Acknowledgements(job.writers, measure)
  const writers = await joinAll(job, job.writers, (writer, buffer, start) => {
    if (dialect.kind(buffer, start) === "acknowledgement")
      acknowledgements.read(writer, buffer, start, dialect)
  })
  await checkpoint("joined")
  const cpu = ownCpu()
  await evenly(frames.length, job.writers * job.updatesPerSecond, (number, due) => {
    const writer = number % writers.length
    const frame = frames[number]
    if (frame === undefined) return
    acknowledgements.sent(writer, number)
    measure.sent(number, due)
    writers[writer]?.send(frame)
  })
  await measure.allDelivered(deadline)
  const loadCpuShare = cpu()
  await checkpoint("delivered")
  for (const socket of [seed.socket, ...readers, ...writers]) socket.destroy()
  return { ...measure.result(), acknowledgement: latencyOf(acknowledgements.latency), loadCpuShare }
}

/** Each writer types tokens into a paragraph of its own, and sees nothing of the others. */
function prepareUpdates(job: FanOutJob): { base: Uint8Array; updates: Uint8Array[] } {
  const base = new Y.Doc()
  const paragraph = `${"All of this was here before anybody came. ".repeat(8)}\n`
  base.getText("codemirror").insert(0, paragraph.repeat(job.writers))
  const start = Y.encodeStateAsUpdate(base)
  const updates: Uint8Array[] = []
  const docs = Array.from({ length: job.writers }, (_, writer) => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, start)
    doc.on("update", (update) => updates.push(update))
    return { text: doc.getText("codemirror"), caret: (writer + 1) * paragraph.length - 1 }
  })
  const count = job.writers * job.updatesPerSecond * job.seconds
  for (let number = 0; number < count; number += 1) {
    const doc = docs[number % docs.length]
    if (doc === undefined) throw new RangeError("A fan-out needs at least one writer")
    const word = `${token(number)} `
    doc.text.insert(doc.caret, word)
    doc.caret += word.length
  }
  return { base: start, updates }
}

/** Which reader has got which update, and how long each took. */
class Deliveries {
  readonly #latency = new Histogram()
  readonly #lateSend = new Histogram()
  readonly #sentAt: Float64Array
  readonly #got: Uint8Array
  readonly #updates: number
  #missing: number
  #last = 0
  readonly #all = Promise.withResolvers<void>()

  constructor(readers: number, updates: number) {
    this.#updates = updates
    this.#missing = readers * updates
    this.#sentAt = new Float64Array(updates)
    this.#got = new Uint8Array(readers * updates)
  }

  /** `due` is when it should have been sent. */
  sent(number: number, due: number): void {
    const now = performance.now()
    this.#sentAt[number] = now
    this.#lateSend.add(now - due)
  }

  since(number: number, now: number): number {
    return now - (this.#sentAt[number] ?? Number.NaN)
  }

  read(reader: number, buffer: Buffer, start: number, end: number): void {
    const now = performance.now()
    findTokens(buffer, start, end, (number) => {
      const place = reader * this.#updates + number
      if (number >= this.#updates || this.#got[place] === 1) return
      this.#got[place] = 1
      this.#latency.add(this.since(number, now))
      this.#missing -= 1
      this.#last = now
      if (this.#missing === 0) this.#all.resolve()
    })
  }

  async allDelivered(deadlineMs: number): Promise<void> {
    const timeout = new AbortController()
    await Promise.race([
      this.#all.promise,
      delay(deadlineMs, undefined, { signal: timeout.signal }).catch(() => undefined),
    ])
    timeout.abort()
  }

  result(): Pick<FanOutResult, "delivery" | "missing" | "seconds" | "lateSend"> {
    return {
      delivery: latencyOf(this.#latency),
      missing: this.#missing,
      seconds: (this.#last - (this.#sentAt[0] ?? 0)) / 1000,
      lateSend: this.#lateSend.percentile(0.99),
    }
  }
}

/** Acknowledgements count a connection's updates in the order in which it sent them. */
class Acknowledgements {
  readonly latency = new Histogram()
  readonly #measure: Deliveries
  readonly #writers: { sent: number[]; acknowledged: number }[]

  constructor(writers: number, measure: Deliveries) {
    this.#measure = measure
    this.#writers = Array.from({ length: writers }, () => ({ sent: [], acknowledged: 0 }))
  }

  sent(writer: number, number: number): void {
    this.#writers[writer]?.sent.push(number)
  }

  read(writer: number, buffer: Buffer, start: number, dialect: Dialect): void {
    const own = this.#writers[writer]
    if (own === undefined) return
    const now = performance.now()
    const until = dialect.acknowledged(buffer, start, own.acknowledged)
    for (const number of own.sent.slice(own.acknowledged, until))
      this.latency.add(this.#measure.since(number, now))
    own.acknowledged = until
  }
}
