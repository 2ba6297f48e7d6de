import { Limits } from "../../protocol/limits.ts"
import { type AwarenessEntry, writeAwarenessEntries, writeMessage } from "../../protocol/message.ts"

/** The count at the head of the list; no list here is longer than it can say. */
const countBytes = 4

/** The entries as awareness frames none of which a server refuses for its size. */
export function awarenessFrames(entries: Iterable<AwarenessEntry>): Uint8Array[] {
  const frames: Uint8Array[] = []
  let group: AwarenessEntry[] = []
  let bytes = countBytes
  const finish = () => {
    if (group.length > 0)
      frames.push(writeMessage({ type: "awareness", update: writeAwarenessEntries(group) }))
    group = []
    bytes = countBytes
  }
  for (const entry of entries) {
    const size = writeAwarenessEntries([entry]).length
    // Nobody would take it; the others are to be seen all the same.
    if (size > Limits.awarenessBytes) continue
    if (bytes + size > Limits.awarenessBytes) finish()
    group.push(entry)
    bytes += size
  }
  finish()
  return frames
}
