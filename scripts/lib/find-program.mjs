import { accessSync, constants, statSync } from "node:fs"
import { delimiter, join } from "node:path"

// An ordinary user's PATH on Debian lacks the sbin folders, where ldconfig and useradd are.
const searched = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"]
const suffixes = process.platform === "win32" ? [".exe", ".cmd", ""] : [""]

/** @param {string} name @returns {string | null} where the program is, by the PATH */
export function findProgram(name) {
  for (const folder of searched) {
    for (const suffix of suffixes) {
      const path = join(folder, name + suffix)
      if (folder !== "" && isExecutable(path)) return path
    }
  }
  return null
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false // not there, or not ours to run: the same to the caller
  }
}
