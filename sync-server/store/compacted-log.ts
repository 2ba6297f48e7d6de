import * as Y from "yjs"
import { AppError } from "../../protocol/errors.ts"
import { decodeSegment, encodeSegment, unpackedBytes } from "../history/segment.ts"
import { applyLog } from "./apply-log.ts"
import type { Compaction, LogEntry, StoredSegment } from "./store.ts"

/** A last segment below this is written again with what follows it, so that small ones do not pile up. */
export const smallSegmentBytes = 64 * 1024
/** Unless it holds more than this: large pastes pack so well that all of a day's would be unpacked every time. */
export const smallHistoryBytes = 4 * 1024 * 1024

/**
 * What takes the place of a log. The updates are applied to a document: merging their bytes takes minutes where this takes
 * a second. @throws RangeError for a log without entries
 */
export function compactedLog(log: {
  snapshot: Uint8Array | null
  entries: readonly LogEntry[]
  /** The room's newest segment. */
  last: StoredSegment | null
}): Compaction {
  const [first, newest] = [log.entries[0], log.entries.at(-1)]
  if (first === undefined || newest === undefined)
    throw new RangeError("A log without entries is compact already")
  return {
    snapshot: snapshotOf(log.snapshot, log.entries),
    through: newest.sequence,
    segment: segmentOf(log.last, log.entries, first.sequence),
  }
}

function snapshotOf(snapshot: Uint8Array | null, entries: readonly LogEntry[]): Uint8Array {
  const doc = new Y.Doc()
  const updates = entries.map(({ update }) => update)
  // The room said so of what is unreadable when it was loaded.
  applyLog(doc, { snapshot, updates }, () => undefined)
  // What waits for a predecessor is part of it.
  const state = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return state
}

function segmentOf(last: StoredSegment | null, entries: readonly LogEntry[], first: number): StoredSegment {
  const earlier = last === null ? null : readableIfSmall(last.bytes)
  if (last === null || earlier === null) return { first, bytes: encodeSegment(entries) }
  return { first: last.first, bytes: encodeSegment([...earlier, ...entries]) }
}

/** Null for a large segment, and for a damaged one, which stays as it is: whoever reads the history says so. */
function readableIfSmall(bytes: Uint8Array): LogEntry[] | null {
  if (bytes.length >= smallSegmentBytes) return null
  try {
    if (unpackedBytes(bytes) > smallHistoryBytes) return null
    return decodeSegment(bytes)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}
