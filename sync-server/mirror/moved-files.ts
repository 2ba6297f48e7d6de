import { readdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import { AppError } from "../../protocol/errors.ts"
import { type FileStamp, readStamp, sameStamp } from "./file-stamp.ts"
import { readTextFile } from "./text-file.ts"

/** A path that turned up is looked at for so long: whoever moves a file removes the old one at about the same time. */
const appearedMs = 10_000
/** More names in a folder are not looked through for one that was renamed. */
const mostNames = 10_000

/** What is known of a file that is not at its path any more. */
export interface MissingFile {
  path: string
  text: string
  stamp: FileStamp | null
}

/**
 * Finds where a file went that another program renamed or moved. It is the same file when device, inode, size and time are the
 * same: an inode alone is given to the next file that is made. What was copied there and removed here has its text.
 */
export class MovedFiles {
  #appeared: { path: string; at: number }[] = []

  /** Real paths that turned up somewhere in an open folder. */
  note(paths: readonly string[]): void {
    const at = performance.now()
    this.#appeared = [...this.#recent(at), ...paths.map((path) => ({ path, at }))].slice(-mostNames)
  }

  /** Null: it is nowhere to be found. @throws the system's error */
  async find({ path, text, stamp }: MissingFile): Promise<string | null> {
    const appeared = this.#recent(performance.now()).map((entry) => entry.path)
    if (stamp !== null) {
      for (const candidate of [...appeared, ...(await neighbours(path))]) {
        if (sameStamp(await readStamp(candidate), stamp)) return candidate
      }
    }
    for (const candidate of appeared) if (text !== "" && (await holds(candidate, text))) return candidate
    return null
  }

  #recent(now: number): { path: string; at: number }[] {
    return this.#appeared.filter(({ at }) => now - at < appearedMs)
  }
}

/** Beside a file, under names such as these, programs put its old self while they write the new one. */
const backupName = /^[.#]|(~|\.(bak|backup|old|orig|tmp|swp))$/i

async function neighbours(path: string): Promise<string[]> {
  const folder = dirname(path)
  if ((await readStamp(folder)) === null) return []
  const names = (await readdir(folder)).filter((name) => !backupName.test(name))
  return names.slice(0, mostNames).map((name) => join(folder, name))
}

async function holds(path: string, text: string): Promise<boolean> {
  try {
    return (await readTextFile(path)).text === text
  } catch (error) {
    if (error instanceof AppError) return false // gone again, or no text
    throw error
  }
}
