import * as Y from "yjs"
import { AppError } from "../../protocol/errors.ts"
import { decodeSegment, encodeSegment } from "../history/segment.ts"
import type { Compaction, LogEntry, StoredSegment } from "./store.ts"

/** A last segment below this is written again with what follows it, so that small ones do not pile up. */
const smallSegmentBytes = 64 * 1024

/**
 * What takes the place of a log. All updates are applied in one transaction: merging their bytes takes minutes where this
 * takes a second. @throws RangeError for a log without entries
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
  doc.transact(() => {
    if (snapshot !== null) Y.applyUpdate(doc, snapshot)
    for (const { update } of entries) applyReadable(doc, update)
  })
  // What waits for a predecessor is part of it.
  const state = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return state
}

/** It was checked before it was appended, so an unreadable update is damage; the rest of the log still counts. */
function applyReadable(doc: Y.Doc, update: Uint8Array): void {
  try {
    Y.applyUpdate(doc, update)
  } catch {
    // The room said so when it was loaded.
  }
}

function segmentOf(last: StoredSegment | null, entries: readonly LogEntry[], first: number): StoredSegment {
  const earlier = last === null || last.bytes.length >= smallSegmentBytes ? null : readable(last.bytes)
  if (last === null || earlier === null) return { first, bytes: encodeSegment(entries) }
  return { first: last.first, bytes: encodeSegment([...earlier, ...entries]) }
}

/** Null for a damaged segment, which stays as it is: whoever reads the history says so. */
function readable(bytes: Uint8Array): LogEntry[] | null {
  try {
    return decodeSegment(bytes)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}
