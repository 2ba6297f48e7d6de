import type { FileHandle } from "node:fs/promises"
import { type FileStamp, sameStamp, stampOf } from "./file-stamp.ts"
import { parseText } from "./text-file.ts"

/** So long a file that was replaced is kept open. */
export const lateMs = 1_500

interface Replaced {
  handle: FileHandle
  stamp: FileStamp
  due: number
}

/**
 * Files that the mirror has replaced, still open. A program may have opened one before it was replaced and written to it
 * after: what it wrote is nowhere else.
 */
export class ReplacedFiles {
  #files: Replaced[] = []

  /** @param stamp what the file was when it was replaced */
  keep(handle: FileHandle, stamp: FileStamp): void {
    this.#files.push({ handle, stamp, due: performance.now() + lateMs })
  }

  /**
   * Takes and closes those that were kept long enough, or all. Answers the texts that were written to them since; what
   * cannot be read is told to `onUnreadable`.
   */
  async takeLate(
    path: string,
    options: { all: boolean; onUnreadable: (error: unknown) => void },
  ): Promise<string[]> {
    const now = performance.now()
    const taken = this.#files.filter(({ due }) => options.all || due <= now)
    this.#files = this.#files.filter((file) => !taken.includes(file))
    const texts: string[] = []
    for (const file of taken) {
      try {
        const text = await writtenSince(path, file)
        if (text !== null) texts.push(text)
      } catch (error) {
        options.onUnreadable(error)
      } finally {
        await file.handle.close()
      }
    }
    return texts
  }

  async close(): Promise<void> {
    const files = this.#files
    this.#files = []
    await Promise.all(files.map(({ handle }) => handle.close()))
  }
}

async function writtenSince(path: string, { handle, stamp }: Replaced): Promise<string | null> {
  if (sameStamp(stampOf(await handle.stat({ bigint: true })), stamp)) return null
  return parseText(path, await handle.readFile()).text
}
