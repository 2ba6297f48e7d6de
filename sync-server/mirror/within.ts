import { realpath } from "node:fs/promises"
import { dirname, sep } from "node:path"
import { errorNumber, outsideFolder } from "./file-error.ts"

/**
 * Whoever may put a link into a folder must not lead others out of it by that.
 *
 * @param root the folder's real path
 * @param path below it, by its name
 * @throws AppError FILE_NOT_READABLE when a link on the way to the path, or itself, leads out of the folder
 */
export async function assertWithin(root: string, path: string): Promise<void> {
  for (let at = path; at !== root; at = dirname(at)) {
    if (at === dirname(at)) throw outsideFolder(path)
    const real = await realPathOf(at)
    if (real === null) continue
    if (!real.startsWith(root + sep)) throw outsideFolder(path)
    return
  }
}

/** Null: nothing is there, or a link that leads to nothing. */
async function realPathOf(path: string): Promise<string | null> {
  try {
    return await realpath(path)
  } catch (error) {
    const code = errorNumber(error)
    if (code === "ENOENT" || code === "ENOTDIR") return null
    throw error
  }
}
