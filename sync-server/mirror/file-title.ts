import { basename, extname } from "node:path"
import { Limits } from "../../protocol/limits.ts"

/** What a document is called: its file's name without the ending. */
export function fileTitle(path: string): string {
  return basename(path, extname(path)).slice(0, Limits.titleLength)
}
