import { SeededRandom } from "./seeded-random.ts"
import type { ServerProcess } from "./server-process.ts"
import { Writer } from "./writer.ts"
import type { WrittenRoom } from "./written-room.ts"

/** @throws Error with everything that the server's document lacks or has too much. */
export async function compare(server: ServerProcess, room: WrittenRoom): Promise<void> {
  const reader = new Writer({ url: await server.socketUrl(room.name), room, random: new SeededRandom(0) })
  await reader.synced
  const faults = room.faults(reader.doc)
  await reader.leave()
  if (faults.length > 0) throw new Error(`${room.name}: ${faults.slice(0, 20).join("; ")}\n${server.printed}`)
}
