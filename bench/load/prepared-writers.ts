/**
 * What many writers type, made in advance: each in a document of its own, one character an update, as frames that only
 * have to be sent. A file holds for each writer [client id, 4 bytes][length, 4 bytes] and then the frames.
 */
import { type FileHandle, open, readFile } from "node:fs/promises"
import * as Y from "yjs"
import { Dialect } from "./dialect.ts"
import { clientFrame } from "./raw-socket.ts"

const headBytes = 8

/** @throws Error when the file cannot be written. */
export async function prepareWriters(path: string, writers: number, updates: number): Promise<void> {
  const file = await open(path, "w")
  try {
    for (let writer = 0; writer < writers; writer += 1) await prepareWriter(file, updates)
  } finally {
    await file.close()
  }
}

async function prepareWriter(file: FileHandle, updates: number): Promise<void> {
  // The room's name is in no frame of this dialect.
  const dialect = new Dialect("y-websocket", "")
  const doc = new Y.Doc()
  const frames: Buffer[] = []
  doc.on("update", (update) => frames.push(clientFrame(dialect.update(update))))
  const text = doc.getText("codemirror")
  for (let number = 0; number < updates; number += 1)
    text.insert(number, String.fromCharCode(97 + (number % 26)))
  const bytes = Buffer.concat(frames)
  const head = Buffer.alloc(headBytes)
  head.writeUInt32BE(doc.clientID, 0)
  head.writeUInt32BE(bytes.length, 4)
  await file.write(head)
  await file.write(bytes)
  doc.destroy()
}

/** Frames that lie one after the other; `ends[n]` is where the first `n` of them end. */
export interface PreparedWriter {
  readonly clientId: number
  readonly frames: Buffer
  readonly ends: Uint32Array
}

export async function readWriters(path: string): Promise<PreparedWriter[]> {
  const file = await readFile(path)
  const writers: PreparedWriter[] = []
  for (let position = 0; position < file.length; ) {
    const clientId = file.readUInt32BE(position)
    const length = file.readUInt32BE(position + 4)
    position += headBytes
    const frames = file.subarray(position, position + length)
    writers.push({ clientId, frames, ends: endsOf(frames) })
    position += length
  }
  return writers
}

/** One character makes a short frame: two bytes of header and four of mask before it. */
function endsOf(frames: Buffer): Uint32Array {
  const ends = [0]
  for (let position = 0; position < frames.length; ) {
    position += 6 + ((frames[position + 1] ?? 0) & 0x7f)
    ends.push(position)
  }
  return Uint32Array.from(ends)
}
