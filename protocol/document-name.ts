import { encodeUtf8 } from "lib0/string"
import { AppError } from "./errors.ts"

/** The endings of the files that a folder shows. Anything else is opened by itself only. */
export const documentEndings = [".md", ".markdown", ".mdown", ".txt"] as const

/** Every common file system takes names of 255 bytes, and a temporary file beside this one needs some of them. */
const nameBytes = 240
/** Names that Windows keeps for devices, and what its file system cannot hold. */
const windowsDevice = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
const windowsForbidden = /[<>:"|?*]|[. ]$/
const controlCharacter = /\p{Cc}/u

export function isDocumentName(name: string): boolean {
  const lower = name.toLowerCase()
  return documentEndings.some((ending) => lower.endsWith(ending) && lower.length > ending.length)
}

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
  if (controlCharacter.test(name) || windowsForbidden.test(name) || windowsDevice.test(name)) {
    return `“${name}” cannot be a name on every system. Choose another one.`
  }
  if (encodeUtf8(name).length > nameBytes) return "The name is too long."
  return null
}
