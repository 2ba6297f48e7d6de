import { setTimeout as delay } from "node:timers/promises"
import * as Y from "yjs"
import { Histogram } from "../statistics.ts"
import { Dialect } from "./dialect.ts"
import type { DurableAppendJob, DurableAppendResult } from "./job.ts"
import { latencyOf } from "./latency.ts"
import { ownCpu } from "./own-cpu.ts"
import { clientFrame } from "./raw-socket.ts"
import { join, seedRoom } from "./seeded-room.ts"
import { findTokens, token } from "./token.ts"

/** How long after the last send an acknowledgement or an echo still counts. */
const grace = 500

/**
 * One writer at a steady rate, one reader. Measured at the writer: send to acknowledgement; at the reader: send to echo.
 * That the acknowledgement means a disk is the server's word; the fault tests check ours.
 */
export async function durableAppend(
  job: DurableAppendJob,
  checkpoint: (name: string) => Promise<void>,
): Promise<DurableAppendResult> {
  const dialect = new Dialect(job.dialect, job.room)
  const updates = prepareUpdates(job.updatesPerSecond * job.seconds)
  const frames = updates.slice(1).map((update) => clientFrame(dialect.update(update)))
  const seed = await seedRoom(job, updates[0] ?? new Uint8Array())
  const sentAt: number[] = []
  const echo = new Histogram()
  const acknowledgement = new Histogram()
  let acknowledged = 0
  const reader = await join(job, (buffer, start, end) => {
    findTokens(buffer, start, end, (number) => echo.add(performance.now() - (sentAt[number] ?? Number.NaN)))
  })
  const writer = await join(job, (buffer, start) => {
    if (dialect.kind(buffer, start) !== "acknowledgement") return
    const until = dialect.acknowledged(buffer, start, acknowledged)
    for (const time of sentAt.slice(acknowledged, until)) acknowledgement.add(performance.now() - time)
    acknowledged = until
  })
  await checkpoint("joined")
  const cpu = ownCpu()
  const interval = 1000 / job.updatesPerSecond
  const start = performance.now()
  for (const [number, frame] of frames.entries()) {
    await delay(Math.max(0, start + number * interval - performance.now()))
    sentAt.push(performance.now())
    writer.socket.send(frame)
  }
  await delay(grace)
  const loadCpuShare = cpu()
  for (const socket of [seed.socket, reader.socket, writer.socket]) socket.destroy()
  return { echo: latencyOf(echo), acknowledgement: latencyOf(acknowledgement), loadCpuShare }
}

/** The first one makes the document, the others type a token each. */
function prepareUpdates(count: number): Uint8Array[] {
  const updates: Uint8Array[] = []
  const doc = new Y.Doc()
  doc.on("update", (update) => updates.push(update))
  const text = doc.getText("codemirror")
  text.insert(0, "All of this was here before. ".repeat(100))
  for (let number = 0; number < count; number += 1) text.insert(text.length, `${token(number)} `)
  return updates
}
