import { setTimeout as delay } from "node:timers/promises"
import { AppError } from "../../protocol/errors.ts"
import { readError } from "./file-error.ts"
import { type FileStamp, readStamp, sameStamp } from "./file-stamp.ts"
import { readTextFile, type TextFile } from "./text-file.ts"

/** A file that stayed the same for so long is taken as written to its end. */
const quietMs = 120
/** An editor that truncates and then writes, or a slow copy, is given so long to go on. */
const cutOffMs = 1_500
/** The same where the text is no shorter: most likely its end was edited. */
const otherEndMs = 600
/** Some editors move the old file away before the new one comes. */
const goneMs = 700
/** A file that is written to without a pause, such as a log, is taken as it is after so long. */
const patienceMs = 6_000
/** The same where the text looks cut off, and taking it would take away the rest of the document. */
const cutOffPatienceMs = 60_000
/** A file that was last changed before is not being written now. */
const recentMs = 2_000
/** So many units of the end are compared. */
const endLength = 24

/**
 * Reads the file once nobody is in the middle of writing it. Null: there is no such file.
 * @param options.before the text that it had, if that is known
 * @throws AppError as `readTextFile`; an AbortError when `signal` ends the wait
 */
export async function readSettled(
  path: string,
  options: { before: string | null; signal: AbortSignal },
): Promise<TextFile | null> {
  const { before, signal } = options
  const start = performance.now()
  for (;;) {
    const stamp = await settledStamp(path, { deadline: start + patienceMs, signal })
    if (stamp === null) return null
    const file = await readUnlessGone(path)
    if (file === null) continue
    if (before === null || !looksCutOff(file.text, before) || !isRecent(file.stamp)) return file
    if (performance.now() > start + cutOffPatienceMs) return file
    const ms = file.text.length < before.length ? cutOffMs : otherEndMs
    if (await staysFor(path, file.stamp, { ms, signal })) return file
  }
}

/** Null: it was moved away since it was looked at, most likely to come back as a new one. */
async function readUnlessGone(path: string): Promise<TextFile | null> {
  try {
    return await readTextFile(path)
  } catch (error) {
    if (error instanceof AppError && error.code === "FILE_NOT_FOUND") return null
    throw error
  }
}

async function settledStamp(
  path: string,
  { deadline, signal }: { deadline: number; signal: AbortSignal },
): Promise<FileStamp | null> {
  for (;;) {
    const stamp = await stampAt(path)
    if (stamp === null) {
      if (await staysFor(path, null, { ms: goneMs, signal })) return null
      continue
    }
    if (!isRecent(stamp) || performance.now() > deadline) return stamp
    await delay(quietMs, undefined, { signal })
    if (sameStamp(stamp, await stampAt(path))) return stamp
  }
}

async function staysFor(
  path: string,
  stamp: FileStamp | null,
  { ms, signal }: { ms: number; signal: AbortSignal },
): Promise<boolean> {
  const end = performance.now() + ms
  while (performance.now() < end) {
    await delay(quietMs, undefined, { signal })
    if (!sameStamp(stamp, await stampAt(path))) return false
  }
  return true
}

function isRecent(stamp: FileStamp): boolean {
  // A time in the future, from another machine's clock, counts as recent: the wait is short.
  return Date.now() - Number(stamp.modifiedNs / 1_000_000n) < recentMs
}

async function stampAt(path: string): Promise<FileStamp | null> {
  try {
    return await readStamp(path)
  } catch (error) {
    throw readError(path, error)
  }
}

/** Whether the text may be the first part of one that is still being written. */
export function looksCutOff(text: string, before: string): boolean {
  return !text.startsWith(before) && !text.endsWith(before.slice(-endLength))
}
