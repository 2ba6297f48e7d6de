import { readFile } from "node:fs/promises"
import * as Y from "yjs"
import { Dialect } from "./dialect.ts"
import type { JoinStormJob, JoinStormResult } from "./job.ts"
import { ownCpu } from "./own-cpu.ts"
import { join, seedRoom } from "./seeded-room.ts"

/** So many connections are being made or synced at a time: more only wait in the kernel's queue of handshakes. */
const comeAtOnce = 250

/** Everybody comes with nothing and wants the whole document; each stays, and what each got is compared. */
export async function joinStorm(
  job: JoinStormJob,
  checkpoint: (name: string) => Promise<void>,
): Promise<JoinStormResult> {
  const update = await readFile(job.documentFile)
  const seed = await seedRoom(job, update)
  assertWhole(new Dialect(job.dialect, job.room), seed.document, update)
  await checkpoint("seeded")
  const cpu = ownCpu()
  const start = performance.now()
  const sockets = [seed.socket]
  let left = job.clients
  const comeInTurn = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const { socket, document } = await join(job)
      sockets.push(socket)
      if (!document.equals(seed.document))
        throw new Error("A client was given another document than the first one")
    }
  }
  await Promise.all(Array.from({ length: comeAtOnce }, comeInTurn))
  const seconds = (performance.now() - start) / 1000
  const loadCpuShare = cpu()
  await checkpoint("joined")
  for (const socket of sockets) socket.destroy()
  return { seconds, loadCpuShare, documentBytes: seed.document.length }
}

function assertWhole(dialect: Dialect, frame: Uint8Array, update: Uint8Array): void {
  const text = textOf(frame.subarray(dialect.updateStart(frame, 0)))
  if (text !== textOf(update)) throw new Error("The server's document is not the one that it was given")
}

function textOf(update: Uint8Array): string {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, update)
  return doc.getText("codemirror").toString()
}
