import {
  createEncoder,
  length,
  toUint8Array,
  writeUint8Array,
  writeVarString,
  writeVarUint,
} from "lib0/encoding"
import { AppError } from "../../protocol/errors.ts"
import { FrameReader } from "../../protocol/frame-reader.ts"
import type { LogEntry } from "./store.ts"

/**
 * How an entry lies in the log: [time: varUint][number of authors: varUint][each author: varString][update: the rest].
 */
type LogValue = Omit<LogEntry, "sequence">

/** The bytes of every value, one after the other in one buffer, which is cheaper to hand to LMDB than a buffer each. */
export function writeLogValues(values: readonly LogValue[]): Uint8Array[] {
  const encoder = createEncoder()
  const ends = values.map(({ time, authors, update }) => {
    writeVarUint(encoder, wholeTime(time))
    writeVarUint(encoder, authors.length)
    for (const author of authors) writeVarString(encoder, author)
    writeUint8Array(encoder, update)
    return length(encoder)
  })
  const bytes = toUint8Array(encoder)
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

/** The update is a view of `bytes`. A damaged value gives an entry without time, authors and bytes: its neighbours still count. */
export function readLogValue(sequence: number, bytes: Uint8Array): LogEntry {
  try {
    const reader = new FrameReader(bytes)
    const time = reader.readVarUint()
    const authors = Array.from({ length: checkedCount(reader.readVarUint(), bytes) }, () =>
      reader.readVarString(),
    )
    return { sequence, time, authors, update: asBytes(reader.readRest()) }
  } catch (error) {
    if (error instanceof AppError) return { sequence, time: 0, authors: [], update: new Uint8Array(0) }
    throw error
  }
}

/** Not the Buffer that LMDB hands out: nothing else in here speaks of those. */
function asBytes({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length)
}

/** Every author takes a byte at least. */
function checkedCount(count: number, bytes: Uint8Array): number {
  if (count > bytes.length) throw new AppError("FRAME_TRUNCATED", "The entry ends inside its authors")
  return count
}

/** A clock that was set before 1970 has no time that we could keep. */
function wholeTime(time: number): number {
  return Number.isFinite(time) ? Math.min(Math.max(0, Math.round(time)), Number.MAX_SAFE_INTEGER) : 0
}
