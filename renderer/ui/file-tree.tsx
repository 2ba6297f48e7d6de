import { ChevronRight, File, FileText, Folder, FolderOpen } from "lucide-react"
import { useMemo, useState } from "react"
import { Button } from "react-aria-components/Button"
import { Collection } from "react-aria-components/Collection"
import { Tree, TreeItem, TreeItemContent } from "react-aria-components/Tree"
import { kindOfText, splitEnding } from "../desktop/file-name.ts"
import type { Person } from "../session/session-snapshot.ts"
import { PeerDots } from "./peer-dots.tsx"
import { folderPaths, foldersAbove, type TreeNode } from "./tree-nodes.ts"
import "./file-tree.css"

interface FileTreeProps {
  label: string
  nodes: readonly TreeNode[]
  /** The path of the document in front. */
  active: string | null
  /** Who is in which document besides oneself, by path. */
  people: ReadonlyMap<string, readonly Person[]>
  onOpen: (path: string) => void
}

/** The folder's text files. Arrows move, letters find, Enter or a press opens a file or a folder. */
export function FileTree({ label, nodes, active, people, onOpen }: FileTreeProps) {
  const folders = useMemo(() => folderPaths(nodes), [nodes])
  const [closed, setClosed] = useState<ReadonlySet<string>>(() => closedAtFirst(folders))
  const [revealed, setRevealed] = useState<string | null>(null)
  if (revealed !== active) {
    setRevealed(active)
    const above = active === null ? [] : foldersAbove(active)
    if (above.some((path) => closed.has(path)))
      setClosed(new Set([...closed].filter((path) => !above.includes(path))))
  }
  const toggle = (path: string) => {
    const next = new Set(closed)
    if (!next.delete(path)) next.add(path)
    setClosed(next)
  }
  return (
    <Tree
      className="tree"
      aria-label={label}
      items={nodes}
      dependencies={[active, people]}
      expandedKeys={folders.filter((path) => !closed.has(path))}
      onExpandedChange={(keys) => setClosed(new Set(folders.filter((path) => !keys.has(path))))}
    >
      {function item(node: TreeNode) {
        return (
          <Row
            // The collection takes each row's key from here; by place in the list, a new file would break it.
            id={node.path}
            node={node}
            isActive={node.path === active}
            people={people.get(node.path) ?? []}
            onAction={() => (node.kind === "folder" ? toggle(node.path) : onOpen(node.path))}
          >
            <Collection items={node.children} dependencies={[active, people]}>
              {item}
            </Collection>
          </Row>
        )
      }}
    </Tree>
  )
}

/** A tree of more folders than this opens with only its outermost rows in sight. */
const manyFolders = 20

/** At first the outermost folders are open, unless that would be a long list. */
function closedAtFirst(folders: readonly string[]): ReadonlySet<string> {
  return new Set(folders.filter((path) => folders.length > manyFolders || path.includes("/")))
}

interface RowProps {
  id: string
  node: TreeNode
  isActive: boolean
  people: readonly Person[]
  onAction: () => void
  children: React.ReactNode
}

function Row({ id, node, isActive, people, onAction, children }: RowProps) {
  const { stem, ending } = node.kind === "file" ? splitEnding(node.name) : { stem: node.name, ending: "" }
  return (
    <TreeItem
      id={id}
      textValue={node.name}
      aria-label={rowLabel(node, isActive, people)}
      className={`node ${node.kind}${isActive ? " active" : ""}`}
      onAction={onAction}
    >
      <TreeItemContent>
        {({ isExpanded, level }) => (
          <span className="node-line" style={{ "--depth": level - 1 }}>
            {node.kind === "folder" && (
              <Button slot="chevron" className="chevron">
                <ChevronRight className="small" />
              </Button>
            )}
            <NodeIcon node={node} isOpen={isExpanded} />
            <span className="grow cut">
              <bdi>
                {stem}
                <span className="ending">{ending}</span>
              </bdi>
            </span>
            <PeerDots people={people} />
          </span>
        )}
      </TreeItemContent>
      {children}
    </TreeItem>
  )
}

function NodeIcon({ node, isOpen }: { node: TreeNode; isOpen: boolean }) {
  if (node.kind === "folder") return isOpen ? <FolderOpen className="small" /> : <Folder className="small" />
  // A joined document goes by its title, which has no ending; it is Markdown.
  const isMarkdown = kindOfText(node.name) === "Markdown" || splitEnding(node.name).ending === ""
  return isMarkdown ? <FileText className="small" /> : <File className="small" />
}

function rowLabel(node: TreeNode, isActive: boolean, people: readonly Person[]): string {
  const names = people.map((person) => person.name).join(", ")
  return [node.name, isActive ? "in front" : "", names === "" ? "" : `with ${names}`]
    .filter((part) => part !== "")
    .join(", ")
}
