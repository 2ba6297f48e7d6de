/**
 * A stretch of a room's history, small: [version: varUint][CRC-32 of the rest: varUint][bytes when unpacked: varUint][brotli].
 * Unpacked it is columns, because what stands below one another is alike: [number of entries: varUint], then a byte string each for
 *
 *   sequences  how far each is from the one before, varUint
 *   forward    milliseconds after the one before, varUint
 *   back       milliseconds before the one before, varUint: clocks are set
 *   authors    [number of lists: varUint][list: [number: varUint][name: varString]…]…[index of its list: varUint]…
 *   lengths    of the updates, varUint
 *   short      the short updates by length: of all with 0 bytes, with 1 byte, …, first every first byte, then every second …
 *   long       the others, one after the other
 */
import { brotliCompressSync, brotliDecompressSync, constants, crc32 } from "node:zlib"
import {
  createEncoder,
  type Encoder,
  toUint8Array,
  writeUint8Array,
  writeVarString,
  writeVarUint,
  writeVarUint8Array,
} from "lib0/encoding"
import { AppError } from "../../protocol/errors.ts"
import { FrameReader } from "../../protocol/frame-reader.ts"
import type { LogEntry } from "../store/store.ts"

const version = 1
/** Single keys and deletions are below; in longer ones the text counts, and that is best left together. */
const shortBytes = 64
/** A segment that claims to be larger is damaged. */
const unpackedLimitBytes = 512 * 1024 * 1024
/** More takes many times as long for a few per cent. */
const quality = 5

/** The entries in the order of their sequences. @throws RangeError when they are not, or are too many for one segment */
export function encodeSegment(entries: readonly LogEntry[]): Uint8Array {
  const unpacked = unpackedOf(entries)
  if (unpacked.length > unpackedLimitBytes)
    throw new RangeError("These entries are too large for one segment")
  const rest = createEncoder()
  writeVarUint(rest, unpacked.length)
  writeUint8Array(rest, packed(unpacked))
  const body = toUint8Array(rest)
  const segment = createEncoder()
  writeVarUint(segment, version)
  writeVarUint(segment, crc32(body))
  writeUint8Array(segment, body)
  return toUint8Array(segment)
}

/** @throws AppError HISTORY_DAMAGED */
export function decodeSegment(segment: Uint8Array): LogEntry[] {
  try {
    return entriesOf(unpacked(segment))
  } catch (cause) {
    throw new AppError("HISTORY_DAMAGED", "A part of the document's history is unreadable", { cause })
  }
}

/** How many bytes there are once it is unpacked, as the segment itself has it; nothing of it is checked. @throws AppError HISTORY_DAMAGED */
export function unpackedBytes(segment: Uint8Array): number {
  try {
    const reader = new FrameReader(segment)
    reader.readVarUint()
    reader.readVarUint()
    return reader.readVarUint()
  } catch (cause) {
    throw new AppError("HISTORY_DAMAGED", "A part of the document's history is unreadable", { cause })
  }
}

/** The long updates may be many megabytes, so they are copied once: to where they go. */
function unpackedOf(entries: readonly LogEntry[]): Uint8Array {
  const head = createEncoder()
  writeVarUint(head, entries.length)
  for (const column of columnsOf(entries)) writeVarUint8Array(head, column)
  const long = entries.map(({ update }) => update).filter(({ length }) => length > shortBytes)
  writeVarUint(
    head,
    long.reduce((sum, { length }) => sum + length, 0),
  )
  return Buffer.concat([toUint8Array(head), ...long])
}

function packed(bytes: Uint8Array): Uint8Array {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  }
  return brotliCompressSync(bytes, { params })
}

function unpacked(segment: Uint8Array): FrameReader {
  const reader = new FrameReader(segment)
  if (reader.readVarUint() !== version) throw new RangeError("The segment has an unknown version")
  const checksum = reader.readVarUint()
  const body = reader.readRest()
  if (crc32(body) !== checksum) throw new RangeError("The segment's checksum is wrong")
  const rest = new FrameReader(body)
  const length = rest.readVarUint()
  if (length > unpackedLimitBytes) throw new RangeError("The segment is too large")
  return new FrameReader(brotliDecompressSync(rest.readRest(), { maxOutputLength: Math.max(length, 1) }))
}

/** All but the last, with the long updates. */
function columnsOf(entries: readonly LogEntry[]): Uint8Array[] {
  const [sequences, forward, back, lengths] = [
    createEncoder(),
    createEncoder(),
    createEncoder(),
    createEncoder(),
  ]
  let before = { sequence: 0, time: 0 }
  for (const entry of entries) {
    if (entry.sequence <= before.sequence) throw new RangeError("The entries are not in order")
    writeVarUint(sequences, entry.sequence - before.sequence)
    writeVarUint(forward, Math.max(0, entry.time - before.time))
    writeVarUint(back, Math.max(0, before.time - entry.time))
    writeVarUint(lengths, entry.update.length)
    before = entry
  }
  const updates = entries.map(({ update }) => update)
  const columns = [sequences, forward, back, authorsOf(entries), lengths].map(toUint8Array)
  return [...columns, shortOf(updates)]
}

/** People write for a while, so the lists are few and each is written once. */
function authorsOf(entries: readonly LogEntry[]): Encoder {
  const indexes = new Map<string, number>()
  const lists = createEncoder()
  const indexOf = createEncoder()
  for (const { authors } of entries) {
    const key = JSON.stringify(authors)
    const index = indexes.get(key) ?? indexes.size
    if (index === indexes.size) {
      indexes.set(key, index)
      writeVarUint(lists, authors.length)
      for (const author of authors) writeVarString(lists, author)
    }
    writeVarUint(indexOf, index)
  }
  const column = createEncoder()
  writeVarUint(column, indexes.size)
  writeUint8Array(column, toUint8Array(lists))
  writeUint8Array(column, toUint8Array(indexOf))
  return column
}

function shortOf(updates: readonly Uint8Array[]): Uint8Array {
  const groups = groupedByLength(updates.map(({ length }) => length))
  const column = new Uint8Array(groups.reduce((total, group, length) => total + group.length * length, 0))
  let position = 0
  for (const [length, group] of groups.entries()) {
    for (let place = 0; place < length; place += 1) {
      for (const index of group) {
        column[position] = updates[index]?.[place] ?? 0
        position += 1
      }
    }
  }
  return column
}

/** For each short length the places at which it stands. */
function groupedByLength(lengths: readonly number[]): number[][] {
  const groups: number[][] = Array.from({ length: shortBytes + 1 }, () => [])
  for (const [index, length] of lengths.entries()) groups[length]?.push(index)
  return groups
}

function entriesOf(reader: FrameReader): LogEntry[] {
  const count = reader.readVarUint()
  const column = () => new FrameReader(reader.readVarBytes())
  const [sequences, forward, back, authorColumn, lengthColumn] = [
    column(),
    column(),
    column(),
    column(),
    column(),
  ]
  const lengths = numbers(lengthColumn, count)
  const authors = readAuthors(authorColumn, count)
  const updates = readUpdates(lengths, reader.readVarBytes(), reader.readVarBytes())
  let [sequence, time] = [0, 0]
  return updates.map((update, index) => {
    sequence += sequences.readVarUint()
    time += forward.readVarUint() - back.readVarUint()
    return { sequence, time, authors: authors[index] ?? [], update }
  })
}

/** Reads to the end of what is there at most, however many are announced. */
function numbers(reader: FrameReader, count: number): number[] {
  const read: number[] = []
  while (read.length < count) read.push(reader.readVarUint())
  return read
}

function readAuthors(reader: FrameReader, count: number): string[][] {
  const lists: string[][] = []
  for (let left = reader.readVarUint(); left > 0; left -= 1) {
    const list: string[] = []
    for (let names = reader.readVarUint(); names > 0; names -= 1) list.push(reader.readVarString())
    lists.push(list)
  }
  return numbers(reader, count).map((index) => {
    const list = lists[index]
    if (list === undefined) throw new RangeError("The segment names authors that it does not list")
    return list
  })
}

function readUpdates(lengths: readonly number[], short: Uint8Array, long: Uint8Array): Uint8Array[] {
  const total = lengths.reduce((sum, length) => sum + length, 0)
  if (total !== short.length + long.length) throw new RangeError("The segment's updates are cut off")
  const memory = new Uint8Array(total)
  let end = 0
  const updates = lengths.map((length) => {
    end += length
    return memory.subarray(end - length, end)
  })
  let position = 0
  for (const [length, group] of groupedByLength(lengths).entries()) {
    for (let place = 0; place < length; place += 1) {
      for (const index of group) {
        const update = updates[index]
        if (update !== undefined) update[place] = short[position] ?? 0
        position += 1
      }
    }
  }
  position = 0
  for (const update of updates) {
    if (update.length <= shortBytes) continue
    update.set(long.subarray(position, position + update.length))
    position += update.length
  }
  return updates
}
