import { realpath } from "node:fs/promises"
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path"
import { AppError } from "../protocol/errors.ts"

/** The endings of the files that a folder shows. Anything else is opened by itself only. */
export const documentEndings = [".md", ".markdown", ".mdown", ".txt"] as const

export function isDocumentName(name: string): boolean {
  const lower = name.toLowerCase()
  return documentEndings.some((ending) => lower.endsWith(ending) && lower.length > ending.length)
}

/** Names that Windows keeps for devices, and what its file system cannot hold. */
const windowsDevice = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
const windowsForbidden = /[<>:"|?*]|[. ]$/

/**
 * The relative path, with `/`, of a document that a person wants to make: every part can be a visible name on every
 * system, so that the folder can be carried to any of them; without an ending of a document it gets `.md`.
 *
 * @throws AppError FILE_WRITE with a sentence that says what is wrong with the name
 */
export function newDocumentPath(text: string): string {
  const parts = text.trim().split(/[/\\]/)
  for (const part of parts) {
    const fault = faultOfName(part)
    if (fault !== null) throw new AppError("FILE_WRITE", fault)
  }
  const path = parts.join("/")
  return isDocumentName(parts.at(-1) ?? "") ? path : `${path}.md`
}

function faultOfName(name: string): string | null {
  if (name === "") return "A name is missing before or after a slash."
  if (name.startsWith(".")) return "A name that begins with a dot would not be seen in the list."
  if (hasControlCharacter(name) || windowsForbidden.test(name) || windowsDevice.test(name)) {
    return `“${name}” cannot be a name on every system. Choose another one.`
  }
  if (Buffer.byteLength(name) > 240) return "The name is too long."
  return null
}

function hasControlCharacter(name: string): boolean {
  return [...name].some((character) => character < " " || character === "\u007f")
}

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
