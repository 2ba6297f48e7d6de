import * as Y from "yjs"
import { parseRoomName } from "../../protocol/room-name.ts"
import { decodeSegment } from "../../sync-server/history/segment.ts"
import type { LogEntry, Store } from "../../sync-server/store/store.ts"
import type { WrittenRoom } from "./written-room.ts"

/**
 * Replays a room's whole history, segments and log, from its first entry. Answers the entries.
 * @throws Error when one is missing, there twice or without a usable time, or when what was acknowledged is not in them
 */
export async function storedHistory(store: Store, room: WrittenRoom): Promise<LogEntry[]> {
  const name = parseRoomName(room.name)
  const segments = await store.segments(name)
  const log = await store.readLog(name, async ({ slices }) => {
    const entries: LogEntry[] = []
    for await (const slice of slices) entries.push(...slice)
    return entries
  })
  const entries = [...segments.flatMap(({ bytes }) => decodeSegment(bytes)), ...log]
  const doc = new Y.Doc()
  for (const [index, { sequence, time }] of entries.entries()) {
    if (sequence !== index + 1)
      throw new Error(`Entry ${index + 1} of the history of ${room.name} has the sequence ${sequence}`)
    if (!Number.isSafeInteger(time) || time < 0) throw new Error(`Entry ${sequence} has the time ${time}`)
  }
  doc.transact(() => {
    for (const { update } of entries) Y.applyUpdate(doc, update)
  })
  const faults = room.faults(doc)
  doc.destroy()
  if (faults.length > 0)
    throw new Error(`The history of ${room.name} is not whole: ${faults.slice(0, 20).join("; ")}`)
  return entries
}
