/**
 * Text as it is on disk, and text as it is in a document.
 *
 * In a document every line ends with LF. On disk a file has LF or CRLF, and perhaps a byte order mark; a file that mixes
 * the two counts as what most of its lines have, and is only made uniform by the next write. A CR that no LF follows ends
 * no line: it stays in the text as the character that it is. CRs before an LF all belong to that line end, because a
 * document must never hold CRLF (CodeMirror counts it as one character, Yjs as two).
 */
import { isUtf8 } from "node:buffer"
import { constants } from "node:fs"
import { open } from "node:fs/promises"
import { basename } from "node:path"
import { AppError } from "../../protocol/errors.ts"
import { Limits } from "../../protocol/limits.ts"
import { readError } from "./file-error.ts"
import { type FileStamp, sameStamp, stampOf } from "./file-stamp.ts"

export const endings = ["lf", "crlf"] as const
export type LineEnding = (typeof endings)[number]

/** What of a file's bytes is not in its text. */
export interface TextFormat {
  eol: LineEnding
  /** Whether the file begins with a byte order mark. */
  bom: boolean
}

export interface TextFile {
  text: string
  format: TextFormat
  /** What the file was while it was read. */
  stamp: FileStamp
}

interface Bytes {
  bytes: Buffer
  stamp: FileStamp
}

/** A file that is written faster than it can be read is taken as it is after so many tries. */
const readTries = 5
// Without O_NONBLOCK the mere opening of a named pipe would wait for somebody to write to it. Windows has no such flag.
const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
const byteOrderMark = "\uFEFF"

/**
 * Reads a text file without touching it.
 * @throws AppError FILE_NOT_FOUND, FILE_NOT_READABLE, FILE_NOT_TEXT, FILE_TOO_LARGE
 */
export async function readTextFile(path: string): Promise<TextFile> {
  const { bytes, stamp } = await readBytes(path)
  return { ...parseText(path, bytes), stamp }
}

/** @throws AppError FILE_NOT_TEXT: not UTF-8, or with NUL bytes, which no text has */
export function parseText(path: string, bytes: Buffer): { text: string; format: TextFormat } {
  if (!isUtf8(bytes) || bytes.includes(0)) throw notText(path)
  const decoded = bytes.toString("utf8")
  const bom = decoded.startsWith(byteOrderMark)
  const raw = bom ? decoded.slice(1) : decoded
  return { text: documentText(raw), format: { eol: majorityEnding(raw), bom } }
}

/** The bytes of a text on disk. */
export function serialiseText(text: string, format: TextFormat): Buffer {
  const body = documentText(text)
  const ended = format.eol === "crlf" ? body.replaceAll("\n", "\r\n") : body
  return Buffer.from(format.bom ? byteOrderMark + ended : ended, "utf8")
}

/** The text that comes back when `text` is written and read again: any peer may put CRLF or half a character into it. */
export function documentText(text: string): string {
  const ended = text.includes("\r\n") ? text.replace(/\r+\n/g, "\n") : text
  return /\p{Surrogate}/u.test(ended) ? ended.replace(/\p{Surrogate}/gu, "\uFFFD") : ended
}

async function readBytes(path: string): Promise<Bytes> {
  try {
    for (let attempt = 1; ; attempt++) {
      const { bytes, stamp, isTorn } = await readOnce(path)
      if (!isTorn || attempt === readTries) return { bytes, stamp }
    }
  } catch (error) {
    if (error instanceof AppError) throw error
    throw readError(path, error)
  }
}

async function readOnce(path: string): Promise<Bytes & { isTorn: boolean }> {
  const file = await open(path, readFlags)
  try {
    const stats = await file.stat({ bigint: true })
    if (!stats.isFile()) throw notText(path)
    if (stats.size > Limits.fileBytes) throw tooLarge(path)
    const bytes = await file.readFile()
    if (bytes.length > Limits.fileBytes) throw tooLarge(path)
    const after = stampOf(await file.stat({ bigint: true }))
    return { bytes, stamp: after, isTorn: !sameStamp(stampOf(stats), after) }
  } finally {
    await file.close()
  }
}

function majorityEnding(raw: string): LineEnding {
  let crlf = 0
  let lf = 0
  for (let at = raw.indexOf("\n"); at !== -1; at = raw.indexOf("\n", at + 1)) {
    if (raw.charCodeAt(at - 1) === 13) crlf += 1
    else lf += 1
  }
  return crlf > lf ? "crlf" : "lf"
}

function notText(path: string): AppError {
  return new AppError(
    "FILE_NOT_TEXT",
    `“${basename(path)}” is not plain text in UTF-8. Manyhands leaves it as it is.`,
  )
}

function tooLarge(path: string): AppError {
  return new AppError(
    "FILE_TOO_LARGE",
    `“${basename(path)}” is larger than ${Limits.fileBytes / 1024 / 1024} MB. Manyhands leaves it as it is.`,
  )
}
