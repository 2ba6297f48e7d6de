import { basename } from "node:path"
import { AppError, type ErrorCode } from "../protocol/errors.ts"

/** What the system's error codes mean to a person, when a file of this name could not be looked at or made. */
const failures: Readonly<Record<string, { code: ErrorCode; say(name: string): string }>> = {
  ENOENT: { code: "FILE_NOT_FOUND", say: (name) => `“${name}” is not there any more.` },
  ENOTDIR: { code: "FILE_NOT_FOUND", say: (name) => `“${name}” is not there any more.` },
  EEXIST: {
    code: "FILE_WRITE",
    say: (name) => `There is already something called “${name}”. Choose another name.`,
  },
  EACCES: { code: "FILE_NOT_WRITABLE", say: (name) => `The system does not let Manyhands use “${name}”.` },
  EPERM: { code: "FILE_NOT_WRITABLE", say: (name) => `The system does not let Manyhands use “${name}”.` },
  EROFS: { code: "FILE_NOT_WRITABLE", say: () => "This disk can only be read." },
  ENOSPC: { code: "FILE_DISK_FULL", say: () => "The disk is full." },
  EDQUOT: { code: "FILE_DISK_FULL", say: () => "The disk is full." },
  ENAMETOOLONG: { code: "FILE_WRITE", say: () => "The name is too long." },
}

export function fileFailure(error: unknown, path: string): AppError {
  const systemCode = error instanceof Error && "code" in error ? String(error.code) : ""
  const known = failures[systemCode]
  const name = basename(path)
  if (known === undefined) return new AppError("FILE_WRITE", `“${name}” cannot be used.`, { cause: error })
  return new AppError(known.code, known.say(name), { cause: error })
}
