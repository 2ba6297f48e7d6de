import { realpath } from "node:fs/promises"
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path"
import { AppError } from "../protocol/errors.ts"

/**
 * The real absolute path of a document of the folder, links resolved. A link is followed while it stays inside: what
 * lies elsewhere was not opened with this folder, and so neither shown nor shared from it.
 *
 * @param folder its real path
 * @throws AppError FILE_NOT_FOUND, NOT_ALLOWED
 */
export async function documentInside(folder: string, path: string): Promise<string> {
  const wanted = join(folder, path)
  if (!isInside(folder, wanted)) throw outside(path)
  const real = await realpath(wanted).catch((cause: unknown) => {
    throw new AppError("FILE_NOT_FOUND", `“${basename(path)}” is not there any more.`, { cause })
  })
  if (!isInside(folder, real)) throw outside(path)
  return real
}

/**
 * Refuses a new document whose folder is a link that leads outside.
 *
 * @param folder its real path
 * @throws AppError NOT_ALLOWED, FILE_FOLDER_GONE
 */
export async function newDocumentInside(folder: string, path: string): Promise<string> {
  const wanted = join(folder, path)
  if (isAbsolute(path) || !isInside(folder, wanted)) throw outside(path)
  const parent = await realParent(dirname(wanted))
  if (parent !== folder && !isInside(folder, parent)) throw outside(path)
  return wanted
}

/** The real path of the deepest folder of the path that is there. */
async function realParent(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const parent = dirname(path)
    if (parent === path) throw new AppError("FILE_FOLDER_GONE", "The folder is gone.", { cause: error })
    return realParent(parent)
  }
}

/** Whether the path is below the folder, and not the folder itself. Both absolute; nothing is looked up on disk. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** The path as windows know it: relative to the folder, with `/`. */
export function relativeDocument(folder: string, path: string): string {
  return relative(folder, path).split(sep).join("/")
}

function outside(path: string): AppError {
  return new AppError("NOT_ALLOWED", `“${basename(path)}” is kept outside this folder. Open it by itself.`)
}
