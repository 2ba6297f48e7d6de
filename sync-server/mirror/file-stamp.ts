import { type BigIntStats, statSync } from "node:fs"
import { stat } from "node:fs/promises"
import { errorNumber } from "./file-error.ts"

/** What tells whether a file is still the one that was seen, without reading it. */
export interface FileStamp {
  device: bigint
  inode: bigint
  size: bigint
  modifiedNs: bigint
}

export function stampOf(stats: BigIntStats): FileStamp {
  return { device: stats.dev, inode: stats.ino, size: stats.size, modifiedNs: stats.mtimeNs }
}

export function sameStamp(a: FileStamp | null, b: FileStamp | null): boolean {
  if (a === null || b === null) return a === b
  return a.device === b.device && a.inode === b.inode && a.size === b.size && a.modifiedNs === b.modifiedNs
}

/** One text for one stamp. */
export function stampText({ device, inode, size, modifiedNs }: FileStamp): string {
  return [device, inode, size, modifiedNs].join(":")
}

/** Null: there is no such file. Follows links. @throws the system's error for anything but ENOENT and ENOTDIR */
export async function readStamp(path: string): Promise<FileStamp | null> {
  try {
    return stampOf(await stat(path, { bigint: true }))
  } catch (error) {
    return absent(error)
  }
}

/** As `readStamp`, for the one place where nothing may come between the look and what follows. */
export function readStampSync(path: string): FileStamp | null {
  try {
    return stampOf(statSync(path, { bigint: true }))
  } catch (error) {
    return absent(error)
  }
}

function absent(error: unknown): null {
  const code = errorNumber(error)
  if (code === "ENOENT" || code === "ENOTDIR") return null
  throw error
}
