import { basename, dirname, extname, join } from "node:path"
import { createFile } from "./atomic-file.ts"
import { fileWrite } from "./file-error.ts"
import type { FileStamp } from "./file-stamp.ts"

/** Names are tried up to this number. */
const mostSiblings = 100

/**
 * Makes a file beside another one, named for it: `Tides (MARK).md`, or with a number where that is taken.
 * @throws AppError FILE_NOT_WRITABLE, FILE_DISK_FULL, FILE_FOLDER_GONE, FILE_WRITE
 */
export async function createSibling(options: {
  path: string
  mark: string
  bytes: Uint8Array
  tag: string
}): Promise<{ path: string; stamp: FileStamp }> {
  const { mark, bytes, tag } = options
  for (let number = 1; number <= mostSiblings; number += 1) {
    const path = siblingPath(options.path, number === 1 ? mark : `${mark} ${number}`)
    const stamp = await createFile({ path, bytes, tag })
    if (stamp !== null) return { path, stamp }
  }
  throw fileWrite(options.path, new Error(`${mostSiblings} files of that name are there already`))
}

function siblingPath(path: string, mark: string): string {
  const ending = extname(path)
  return join(dirname(path), `${basename(path, ending)} (${mark})${ending}`)
}
