import { ownCpu } from "./own-cpu.ts"
import type { RawSocket } from "./raw-socket.ts"
import { inTurn, numberedRoom } from "./rooms.ts"
import { join } from "./seeded-room.ts"
import type { IdleConnectionsJob, IdleConnectionsResult } from "./space-job.ts"

const comeAtOnce = 50

/** Clients that come, are given the document, and then do nothing. */
export async function idleConnections(
  job: IdleConnectionsJob,
  checkpoint: (name: string) => Promise<void>,
): Promise<IdleConnectionsResult> {
  const cpu = ownCpu()
  const sockets: RawSocket[] = []
  for (const count of job.counts) {
    const before = sockets.length
    await inTurn(count - before, comeAtOnce, async (number) => {
      const { socket } = await join(numberedRoom(job, (before + number) % job.rooms))
      sockets.push(socket)
    })
    await checkpoint(String(count))
  }
  const loadCpuShare = cpu()
  for (const socket of sockets) socket.destroy()
  return { loadCpuShare }
}
