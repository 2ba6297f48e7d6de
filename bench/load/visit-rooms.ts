import { readFile } from "node:fs/promises"
import { Dialect } from "./dialect.ts"
import { ownCpu } from "./own-cpu.ts"
import { clientFrame, RawSocket } from "./raw-socket.ts"
import { inTurn, numberedRoom } from "./rooms.ts"
import { join, type Target } from "./seeded-room.ts"
import type { VisitRoomsJob, VisitRoomsResult } from "./space-job.ts"

const comeAtOnce = 50

/** Goes through all rooms once a step: brings the document, or comes with nothing and leaves, or stays. A checkpoint after each. */
export async function visitRooms(
  job: VisitRoomsJob,
  checkpoint: (name: string) => Promise<void>,
): Promise<VisitRoomsResult> {
  const update = await readFile(job.documentFile)
  const cpu = ownCpu()
  const sockets: RawSocket[] = []
  for (const step of job.steps) {
    await inTurn(job.rooms, comeAtOnce, async (number) => {
      const room = numberedRoom(job, number)
      if (step === "seed") await bring(room, update)
      else {
        const { socket, document } = await join(room)
        if (document.length < update.length / 2) throw new Error("The server has not kept the document")
        if (step === "stay") sockets.push(socket)
        else socket.destroy()
      }
    })
    await checkpoint(step)
  }
  const loadCpuShare = cpu()
  for (const socket of sockets) socket.destroy()
  return { loadCpuShare }
}

/** Comes with the document, waits until the server answers with it, and leaves. */
async function bring(target: Target, update: Uint8Array): Promise<void> {
  const dialect = new Dialect(target.dialect, target.room)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = await RawSocket.open(
    target.url,
    (buffer, start, end) => {
      if (dialect.kind(buffer, start) === "document" && end - start >= update.length / 2) resolve()
    },
    (reason) => reject(new Error(reason)),
  )
  const hello = dialect.hello()
  const [stepOne] = hello.slice(-1)
  if (stepOne === undefined) throw new Error("A client says something first")
  for (const message of [...hello, dialect.update(update), stepOne]) socket.send(clientFrame(message))
  await promise
  socket.destroy()
}
