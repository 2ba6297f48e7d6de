import type { TreeEntry } from "../../protocol/ipc.ts"
import { baseName } from "../desktop/file-name.ts"

export interface TreeNode {
  path: string
  name: string
  kind: "folder" | "file"
  children: TreeNode[]
}

const inWordOrder = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" })

/**
 * Makes a tree of flat entries. Folders stand among files, in the order in which people count (2 before 10).
 * A folder that is named only by what is in it is made up.
 */
export function treeNodes(entries: readonly TreeEntry[]): TreeNode[] {
  const roots: TreeNode[] = []
  const folders = new Map<string, TreeNode>()
  const siblings = (path: string): TreeNode[] => {
    const slash = path.lastIndexOf("/")
    return slash < 0 ? roots : folder(path.slice(0, slash)).children
  }
  const folder = (path: string): TreeNode => {
    const known = folders.get(path)
    if (known !== undefined) return known
    const node: TreeNode = { path, name: baseName(path), kind: "folder", children: [] }
    folders.set(path, node)
    siblings(path).push(node)
    return node
  }
  for (const { path, kind } of entries) {
    if (kind === "folder") folder(path)
    else siblings(path).push({ path, name: baseName(path), kind, children: [] })
  }
  sort(roots)
  return roots
}

function sort(nodes: TreeNode[]): void {
  nodes.sort((a, b) => inWordOrder.compare(a.name, b.name))
  for (const node of nodes) sort(node.children)
}

/** The file that a reader of the tree meets first, those in folders last. */
export function firstFile<T extends { path: string }>(files: readonly T[]): T | undefined {
  return files.toSorted((a, b) => depth(a.path) - depth(b.path) || inWordOrder.compare(a.path, b.path))[0]
}

function depth(path: string): number {
  return path.split("/").length
}

/** The folders that a path is in, outermost first: `a/b/c.md` is in `a` and `a/b`. */
export function foldersAbove(path: string): string[] {
  const parts = path.split("/").slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"))
}

/** Every folder of the tree, outermost first. */
export function folderPaths(nodes: readonly TreeNode[]): string[] {
  return nodes.flatMap((node) => (node.kind === "folder" ? [node.path, ...folderPaths(node.children)] : []))
}
