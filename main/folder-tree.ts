import type { Dirent } from "node:fs"
import { readdir, readFile, realpath, stat } from "node:fs/promises"
import { basename, join } from "node:path"
import ignore, { type Ignore } from "ignore"
import { isDocumentName } from "../protocol/document-name.ts"
import type { TreeEntry } from "../protocol/ipc.ts"
import { isInside } from "./document-path.ts"

export interface FolderTree {
  /** A folder stands before what is in it; folders before files; by name, numbers as numbers. */
  entries: TreeEntry[]
  /** Whether the folder holds more than the entries: the limit was reached. */
  capped: boolean
  /** The folder itself could not be read: it is gone, or its drive is. */
  unreadable: boolean
}

/** More than anybody scrolls through, and still quick to send to a window. */
export const treeLimit = 50_000

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" })
const ignoredFolders = new Set(["node_modules", "__pycache__"])
const depthLimit = 40

/** The rules of one .gitignore, and the folder, relative with `/`, whose content they speak of. */
interface Rules {
  base: string
  rules: Ignore
}

/**
 * Lists the documents below a folder, and the folders that hold any. Passed over: hidden names, what `.gitignore`
 * files name, linked folders, and links to files elsewhere. What cannot be read is left out.
 *
 * @param root the folder's real path
 * @throws the system's error when the folder itself cannot be read
 */
export async function readFolderTree(root: string, limit = treeLimit): Promise<FolderTree> {
  const walk = new Walk(root, limit)
  await walk.readRoot()
  return { entries: walk.entries, capped: walk.capped, unreadable: false }
}

class Walk {
  readonly #root: string
  readonly #limit: number
  readonly entries: TreeEntry[] = []
  capped = false

  constructor(root: string, limit: number) {
    this.#root = root
    this.#limit = limit
  }

  async readRoot(): Promise<void> {
    const found = await readdir(this.#root, { withFileTypes: true })
    await this.#list(found, "", [])
  }

  async #readFolder(path: string, rules: readonly Rules[]): Promise<void> {
    if (path.split("/").length > depthLimit) return
    const found = await readdir(join(this.#root, path), { withFileTypes: true }).catch(() => [])
    await this.#list(found, path, rules)
  }

  async #list(found: readonly Dirent[], path: string, outer: readonly Rules[]): Promise<void> {
    const rules = await this.#rulesIn(found, path, outer)
    const visible = found
      .filter((entry) => !entry.name.startsWith(".") && !ignoredFolders.has(entry.name))
      .sort((a, b) => byName.compare(a.name, b.name) || (a.name < b.name ? -1 : 1))
    for (const entry of visible) {
      if (entry.isDirectory()) await this.#addFolder(below(path, entry.name), rules)
    }
    for (const entry of visible) {
      const file = below(path, entry.name)
      if (isDocumentName(entry.name) && !isIgnored(rules, file) && (await this.#isFile(entry, file))) {
        this.#add({ path: file, kind: "file" })
      }
    }
  }

  /** Adds the folder, and takes it away again when nothing in it is ours. */
  async #addFolder(path: string, rules: readonly Rules[]): Promise<void> {
    if (this.capped || isIgnored(rules, `${path}/`)) return
    const place = this.entries.length
    this.#add({ path, kind: "folder" })
    await this.#readFolder(path, rules)
    if (this.entries.length === place + 1) this.entries.length = place
  }

  #add(entry: TreeEntry): void {
    if (this.entries.length < this.#limit) this.entries.push(entry)
    else this.capped = true
  }

  async #isFile(entry: Dirent, path: string): Promise<boolean> {
    if (!entry.isSymbolicLink()) return entry.isFile()
    try {
      const real = await realpath(join(this.#root, path))
      return isInside(this.#root, real) && (await stat(real)).isFile()
    } catch {
      return false // the link leads nowhere
    }
  }

  async #rulesIn(found: readonly Dirent[], path: string, outer: readonly Rules[]): Promise<readonly Rules[]> {
    if (!found.some((entry) => entry.name === ".gitignore" && entry.isFile())) return outer
    const text = await readFile(join(this.#root, path, ".gitignore"), "utf8").catch(() => "")
    return [...outer, { base: path, rules: ignore().add(text) }]
  }
}

/** As Git does: the innermost file that says anything about the path decides. A folder ends with `/`. */
function isIgnored(all: readonly Rules[], path: string): boolean {
  for (const { base, rules } of all.toReversed()) {
    const verdict = rules.test(base === "" ? path : path.slice(base.length + 1))
    if (verdict.ignored || verdict.unignored) return verdict.ignored
  }
  return false
}

function below(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`
}

/** Whether a change of this path can change the list of a folder, judged by its name. */
export function concernsTree(path: string): boolean {
  const name = basename(path)
  return (
    name === ".gitignore" || (!name.startsWith(".") && (isDocumentName(name) || !/\.[a-z0-9]+$/i.test(name)))
  )
}
