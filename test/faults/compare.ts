import { SeededRandom } from "./seeded-random.ts"
import type { ServerProcess } from "./server-process.ts"
import type { TokenLedger } from "./token-ledger.ts"
import { Writer } from "./writer.ts"

/** @throws Error with everything that the document lacks or has too much. */
export async function compare(
  server: ServerProcess,
  room: { name: string; ledger: TokenLedger },
): Promise<void> {
  const reader = new Writer({
    url: await server.socketUrl(room.name),
    ledger: room.ledger,
    random: new SeededRandom(0),
  })
  await reader.synced
  const faults = room.ledger.faults(reader.text)
  await reader.leave()
  if (faults.length > 0) throw new Error(`${room.name}: ${faults.slice(0, 20).join("; ")}\n${server.printed}`)
}
