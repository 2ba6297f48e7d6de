import { basename } from "node:path"
import { AppError, type ErrorReport } from "../../protocol/errors.ts"

/** The `code` of a system error, such as ENOENT; null for anything else. */
export function errorNumber(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null
  return typeof error.code === "string" ? error.code : null
}

/** What a person is told when a file could not be read. None of these touches the file. */
export function readError(path: string, cause: unknown): AppError {
  const name = basename(path)
  switch (errorNumber(cause)) {
    case "ENOENT":
      return fileNotFound(path, cause)
    case "ENOTDIR":
      return folderGone(path, cause)
    default:
      return new AppError(
        "FILE_NOT_READABLE",
        `The system does not let Manyhands read “${name}”. The file was not touched.`,
        { cause },
      )
  }
}

/** What a person is told when a document could not be written to its file. The words stay in the store. */
export function writeError(path: string, cause: unknown): AppError {
  switch (errorNumber(cause)) {
    case "ENOSPC":
    case "EDQUOT":
      return new AppError(
        "FILE_DISK_FULL",
        `The disk that “${basename(path)}” is on is full. Your words are kept; free some space and they are in the file at once.`,
        { cause },
      )
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return notWritable(path, cause)
    case "ENOENT":
    case "ENOTDIR":
      return folderGone(path, cause)
    default:
      return fileWrite(path, cause)
  }
}

export function fileNotFound(path: string, cause?: unknown): AppError {
  return new AppError("FILE_NOT_FOUND", `“${basename(path)}” is not there. Nothing was changed.`, { cause })
}

/** The file of an open document was deleted or moved away by somebody else. */
export function fileTakenAway(path: string): AppError {
  return new AppError(
    "FILE_NOT_FOUND",
    `“${basename(path)}” was deleted or moved away by another program. Your words are kept; put the file back and they are in it at once.`,
  )
}

export function folderGone(path: string, cause?: unknown): AppError {
  return new AppError(
    "FILE_FOLDER_GONE",
    `The folder of “${basename(path)}” was moved or its drive was taken out. Your words are kept; bring it back and they are in the file at once.`,
    { cause },
  )
}

/** Behind a link that leads out of the folder in which documents are kept. */
export function outsideFolder(path: string): AppError {
  return new AppError(
    "FILE_NOT_READABLE",
    `“${basename(path)}” is a link, or behind one, that leads out of the folder of the documents. It is not followed, and your words are kept.`,
  )
}

export function notWritable(path: string, cause?: unknown): AppError {
  return new AppError(
    "FILE_NOT_WRITABLE",
    `The system does not let Manyhands write to “${basename(path)}”. Your words are kept; the file is as it was.`,
    { cause },
  )
}

export function fileWrite(path: string, cause: unknown): AppError {
  return new AppError(
    "FILE_WRITE",
    `“${basename(path)}” could not be written. Your words are kept; the file is as it was, and Manyhands goes on trying.`,
    { cause },
  )
}

/** What a person is told when something that is no text took the place of an open document. */
export function stoodAside(path: string, aside: string): ErrorReport {
  return {
    code: "FILE_NOT_TEXT",
    message: `Another program put something that is no text in the place of “${basename(path)}”. Every word of yours is in “${basename(aside)}” now; you go on writing there.`,
  }
}

/** What a person is told when both sides wrote a whole new text. */
export function keptBoth(path: string, other: string): ErrorReport {
  return {
    code: "FILE_REWRITTEN",
    message: `Another program wrote “${basename(path)}” anew while it was written anew here. Nothing was lost: its text is in “${basename(other)}”.`,
  }
}
