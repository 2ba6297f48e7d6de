import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from "lib0/encoding"
import { FrameReader } from "../../protocol/frame-reader.ts"
import type { LogEntry } from "./store.ts"

/**
 * Entries on their way to another thread, one after the other in one buffer:
 * [sequence: varUint][time: varUint][number of authors: varUint][each author: varString][update: varBytes].
 */
export function writeEntryRows(entries: readonly LogEntry[]): Uint8Array<ArrayBuffer> {
  const encoder = createEncoder()
  for (const { sequence, time, authors, update } of entries) {
    writeVarUint(encoder, sequence)
    writeVarUint(encoder, time)
    writeVarUint(encoder, authors.length)
    for (const author of authors) writeVarString(encoder, author)
    writeVarUint8Array(encoder, update)
  }
  return toUint8Array(encoder)
}

/** Their updates are views of `bytes`. @throws AppError of FrameReader */
export function readEntryRows(bytes: Uint8Array): LogEntry[] {
  const reader = new FrameReader(bytes)
  const entries: LogEntry[] = []
  while (!reader.done) {
    const sequence = reader.readVarUint()
    const time = reader.readVarUint()
    const authors = Array.from({ length: reader.readVarUint() }, () => reader.readVarString())
    entries.push({ sequence, time, authors, update: reader.readVarBytes() })
  }
  return entries
}
