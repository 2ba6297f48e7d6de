import { readFile } from "node:fs/promises"
import * as Y from "yjs"
import { Dialect } from "./dialect.ts"
import { ownCpu } from "./own-cpu.ts"
import { unpackUpdates } from "./packed-updates.ts"
import { clientFrame } from "./raw-socket.ts"
import { join } from "./seeded-room.ts"
import type { BareReplayJob, BareReplayResult, ReplayJob, ReplayResult } from "./space-job.ts"

/** What is sent in one go is written with one call up to this length, as a corked socket would. */
const writeBytes = 64 * 1024

/**
 * One client sends a whole history, a message an update, and never has more than `inFlight` of which nothing was heard:
 * neither an acknowledgement nor, where a server has none, the update at a second client.
 */
export async function replay(
  job: ReplayJob,
  checkpoint: (name: string) => Promise<void>,
): Promise<ReplayResult> {
  const dialect = new Dialect(job.dialect, job.room)
  const frames = unpackUpdates(await readFile(job.updatesFile)).map((update) =>
    clientFrame(dialect.update(update)),
  )
  let sent = 0
  let acknowledged = 0
  let echoed = 0
  let acknowledgedAt: number | null = null
  const whole = Promise.withResolvers<void>()
  const delivered = Promise.withResolvers<number>()
  const ended = Promise.withResolvers<never>()
  const end = (reason: string): void => ended.reject(new Error(reason))

  const readFrame = (buffer: Buffer, start: number, to: number): void => {
    if (dialect.kind(buffer, start) !== "update") return
    echoed += 1
    if (buffer.subarray(start, to).includes(job.marker)) delivered.resolve(performance.now())
    send()
  }
  const readAcknowledgement = (buffer: Buffer, start: number): void => {
    if (dialect.kind(buffer, start) !== "acknowledgement") return
    acknowledged = dialect.acknowledged(buffer, start, acknowledged)
    if (acknowledged === frames.length) {
      acknowledgedAt = performance.now()
      whole.resolve()
    }
    send()
  }
  const reader = await join(job, readFrame, end)
  const writer = await join(job, readAcknowledgement, end)
  const send = (): void => {
    const until = Math.min(frames.length, Math.max(acknowledged, echoed) + job.inFlight)
    while (sent < until) {
      const group: Buffer[] = []
      for (let bytes = 0; sent < until && bytes < writeBytes; sent += 1) {
        const frame = frames[sent]
        if (frame === undefined) break
        group.push(frame)
        bytes += frame.length
      }
      writer.socket.send(Buffer.concat(group))
    }
  }
  await checkpoint("joined")
  const cpu = ownCpu()
  const start = performance.now()
  send()
  const deliveredAt = await Promise.race([delivered.promise, ended.promise])
  if (acknowledged > 0) await Promise.race([whole.promise, ended.promise])
  const loadCpuShare = cpu()
  await checkpoint("delivered")
  for (const { socket } of [reader, writer]) socket.destroy()
  return {
    loadCpuShare,
    acknowledged: acknowledgedAt === null ? null : (acknowledgedAt - start) / 1000,
    delivered: (deliveredAt - start) / 1000,
  }
}

/** The same updates applied one by one to a document that nobody looks at. */
export async function bareReplay(job: BareReplayJob): Promise<BareReplayResult> {
  const updates = unpackUpdates(await readFile(job.updatesFile))
  const doc = new Y.Doc()
  const start = performance.now()
  for (const update of updates) Y.applyUpdate(doc, update)
  return { seconds: (performance.now() - start) / 1000 }
}
