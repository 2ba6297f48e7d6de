import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib"
import { createEncoder, toUint8Array, writeUint8Array, writeVarString, writeVarUint } from "lib0/encoding"
import { AppError } from "../../protocol/errors.ts"
import { FrameReader } from "../../protocol/frame-reader.ts"
import type { LogEntry } from "../store/store.ts"

const version = 1
/** A segment that claims to hold more is damaged. */
const segmentLimitBytes = 256 * 1024 * 1024

/** A stretch of a room's history, small. @throws RangeError for no entries at all */
export function encodeSegment(entries: readonly LogEntry[]): Uint8Array {
  const encoder = createEncoder()
  for (const { sequence, time, authors, update } of entries) {
    writeVarUint(encoder, sequence)
    writeVarUint(encoder, time)
    writeVarUint(encoder, authors.length)
    for (const author of authors) writeVarString(encoder, author)
    writeVarUint(encoder, update.length)
    writeUint8Array(encoder, update)
  }
  const plain = toUint8Array(encoder)
  const packed = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })
  const head = createEncoder()
  writeVarUint(head, version)
  writeVarUint(head, plain.length)
  writeUint8Array(head, packed)
  return toUint8Array(head)
}

/** @throws AppError HISTORY_DAMAGED */
export function decodeSegment(bytes: Uint8Array): LogEntry[] {
  try {
    const head = new FrameReader(bytes)
    if (head.readVarUint() !== version) throw new RangeError("The version is unknown")
    const length = head.readVarUint()
    if (length > segmentLimitBytes) throw new RangeError("It is too large")
    const plain = new FrameReader(brotliDecompressSync(head.readRest(), { maxOutputLength: length }))
    const entries: LogEntry[] = []
    while (!plain.done) {
      const sequence = plain.readVarUint()
      const time = plain.readVarUint()
      const authors = Array.from({ length: plain.readVarUint() }, () => plain.readVarString())
      entries.push({ sequence, time, authors, update: plain.readVarBytes() })
    }
    return entries
  } catch (cause) {
    throw new AppError("HISTORY_DAMAGED", "A part of the document's history is unreadable", { cause })
  }
}
