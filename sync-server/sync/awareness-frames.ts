import { createEncoder, toUint8Array, writeUint8Array, writeVarUint } from "lib0/encoding"
import { Limits } from "../../protocol/limits.ts"
import { type AwarenessEntry, writeAwarenessEntries, writeMessage } from "../../protocol/message.ts"

/** The count at the head of the list; no list here is longer than it can say. */
const countBytes = 4

/** Whoever comes is told of everybody who is there, so what one shows is written once and copied from then on. */
const written = new WeakMap<AwarenessEntry, Uint8Array>()

/** The entries, which nobody changes any more, as awareness frames none of which a server refuses for its size. */
export function awarenessFrames(entries: Iterable<AwarenessEntry>): Uint8Array[] {
  const frames: Uint8Array[] = []
  let group: Uint8Array[] = []
  let bytes = countBytes
  const finish = () => {
    if (group.length > 0) frames.push(writeMessage({ type: "awareness", update: joined(group) }))
    group = []
    bytes = countBytes
  }
  for (const entry of entries) {
    const list = listOfOne(entry)
    // Nobody would take it; the others are to be seen all the same.
    if (list.length > Limits.awarenessBytes) continue
    if (bytes + list.length > Limits.awarenessBytes) finish()
    group.push(list)
    bytes += list.length
  }
  finish()
  return frames
}

function listOfOne(entry: AwarenessEntry): Uint8Array {
  let list = written.get(entry)
  if (list === undefined) {
    list = writeAwarenessEntries([entry])
    written.set(entry, list)
  }
  return list
}

function joined(lists: readonly Uint8Array[]): Uint8Array {
  const [only] = lists
  if (lists.length === 1 && only !== undefined) return only
  const encoder = createEncoder()
  writeVarUint(encoder, lists.length)
  // Each is behind a count of one, which takes one byte.
  for (const list of lists) writeUint8Array(encoder, list.subarray(1))
  return toUint8Array(encoder)
}
