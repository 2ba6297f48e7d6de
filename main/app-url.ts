import { join, resolve, sep } from "node:path"

/** Where windows come from: `app://manyhands/index.html`. */
export const appOrigin = "app://manyhands"

/** Whether a URL, such as a frame's, is that of one of our own pages. */
export function isAppUrl(text: string): boolean {
  return text.startsWith(`${appOrigin}/`)
}

/** The file that a URL names, or null when it is not below the folder. */
export function filePath(folder: string, text: string): string | null {
  if (!isAppUrl(text)) return null
  try {
    const path = decodeURIComponent(new URL(text).pathname)
    const file = resolve(join(folder, path))
    return file.startsWith(resolve(folder) + sep) && !path.includes("\0") ? file : null
  } catch {
    return null // not percent-encoding
  }
}
