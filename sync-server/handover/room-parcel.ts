/**
 * All that a store keeps of a document, as it travels to another server:
 *
 *   [version: varUint][snapshot: byte string][through: varUint][number of segments: varUint]
 *   then a segment each: [sequence of its first entry: varUint][segment: byte string], as in history/segment.ts
 */
import { createEncoder, toUint8Array, writeVarUint, writeVarUint8Array } from "lib0/encoding"
import * as Y from "yjs"
import { AppError } from "../../protocol/errors.ts"
import { FrameReader } from "../../protocol/frame-reader.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import { decodeSegment, encodeSegment } from "../history/segment.ts"
import type { LogEntry, Store, StoredSegment } from "../store/store.ts"

const version = 1

export interface RoomParcel {
  /** The document up to and including `through`. */
  snapshot: Uint8Array
  through: number
  /** The history of it, oldest first. */
  segments: StoredSegment[]
}

/** Null: nothing is kept of the room. */
export async function packRoom(
  store: Pick<Store, "readLog" | "segments">,
  room: RoomName,
): Promise<RoomParcel | null> {
  const { snapshot, entries } = await store.readLog(room, async (log) => {
    const found: LogEntry[] = []
    for await (const slice of log.slices) found.push(...slice)
    return { snapshot: log.snapshot, entries: found }
  })
  if (snapshot === null && entries.length === 0) return null
  const segments = await store.segments(room)
  const first = entries.at(0)
  const last = entries.at(-1)
  const recent = first === undefined ? [] : [{ first: first.sequence, bytes: encodeSegment(entries) }]
  return {
    snapshot: documentOf(snapshot, entries),
    through: last?.sequence ?? lastSequence(segments),
    segments: [...segments, ...recent],
  }
}

function documentOf(snapshot: Uint8Array | null, entries: readonly LogEntry[]): Uint8Array {
  if (snapshot !== null && entries.length === 0) return snapshot
  const doc = new Y.Doc()
  doc.transact(() => {
    if (snapshot !== null) Y.applyUpdate(doc, snapshot)
    // Without bytes: that entry was damaged on the disk.
    for (const { update } of entries) if (update.length > 0) Y.applyUpdate(doc, update)
  })
  const state = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return state
}

function lastSequence(segments: readonly StoredSegment[]): number {
  const newest = segments.at(-1)
  return newest === undefined ? 1 : (decodeSegment(newest.bytes).at(-1)?.sequence ?? newest.first)
}

/** Puts it into a store that has nothing of the room. A crash on the way leaves the whole document and the beginning of its history. */
export async function unpackRoom(
  store: Pick<Store, "compact">,
  room: RoomName,
  { snapshot, through, segments }: RoomParcel,
): Promise<void> {
  for (const segment of segments) await store.compact(room, { snapshot, through, segment })
}

export function encodeParcel({ snapshot, through, segments }: RoomParcel): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, version)
  writeVarUint8Array(encoder, snapshot)
  writeVarUint(encoder, through)
  writeVarUint(encoder, segments.length)
  for (const { first, bytes } of segments) {
    writeVarUint(encoder, first)
    writeVarUint8Array(encoder, bytes)
  }
  return toUint8Array(encoder)
}

/** Everything in it is looked through: what is in the store is taken on trust later. @throws AppError PARCEL_DAMAGED */
export function decodeParcel(bytes: Uint8Array): RoomParcel {
  try {
    const reader = new FrameReader(bytes)
    if (reader.readVarUint() !== version) throw new RangeError("The parcel has an unknown version")
    const snapshot = reader.readVarBytes().slice()
    const through = reader.readVarUint()
    const count = reader.readVarUint()
    const segments: StoredSegment[] = []
    for (let index = 0; index < count; index++)
      segments.push({ first: reader.readVarUint(), bytes: reader.readVarBytes().slice() })
    check(snapshot, through, segments)
    return { snapshot, through, segments }
  } catch (cause) {
    throw new AppError("PARCEL_DAMAGED", "What was sent is not a whole document. Nothing was kept of it.", {
      cause,
    })
  }
}

function check(snapshot: Uint8Array, through: number, segments: readonly StoredSegment[]): void {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, snapshot)
  doc.destroy()
  let before = 0
  for (const { first, bytes } of segments) {
    const entries = decodeSegment(bytes)
    if (first <= before || entries.at(0)?.sequence !== first)
      throw new RangeError("The segments are out of order")
    before = entries.at(-1)?.sequence ?? first
  }
  if (segments.length === 0 || before > through) throw new RangeError("The history does not fit the document")
}
