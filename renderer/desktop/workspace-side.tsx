import { useMemo } from "react"
import type { Outcome, TreeEntry, WindowState, Workspace } from "../../protocol/ipc.ts"
import { HostState } from "../../protocol/message.ts"
import type { FolderFile } from "../../protocol/shared-folder.ts"
import type { SessionSnapshot } from "../session/session-snapshot.ts"
import { FileTree } from "../ui/file-tree.tsx"
import { FilesSide, type Reach } from "../ui/files-side.tsx"
import { FolderMenu } from "../ui/folder-menu.tsx"
import { NewFileField } from "../ui/new-file-field.tsx"
import { SideHandle } from "../ui/side-handle.tsx"
import { type TreeNode, treeNodes } from "../ui/tree-nodes.ts"
import type { Side } from "../use-side.ts"
import { useSnapshot } from "../use-snapshot.ts"
import { hostName, isTakenOver } from "./document-facts.ts"
import { baseName } from "./file-name.ts"
import { type ShareStore, type Sharing, wholeFolder } from "./share-store.ts"
import type { TabStore } from "./tab-store.ts"
import type { Folder } from "./use-folder.ts"
import type { PeopleByPath } from "./use-people-by-path.ts"
import type { WindowStore } from "./window-store.ts"

interface WorkspaceSideProps {
  store: WindowStore
  state: WindowState
  tabs: TabStore
  shares: ShareStore
  folder: Folder | null
  people: PeopleByPath
  side: Side
  isNaming: boolean
  onNaming: (isNaming: boolean) => void
  /** None where files cannot be made. */
  onMake?: (path: string) => Promise<Outcome<unknown>>
  onOpen: (path: string) => void
  onSettings: () => void
}

export function WorkspaceSide({
  store,
  state,
  tabs,
  shares,
  folder,
  people,
  side,
  isNaming,
  onNaming,
  onMake,
  onOpen,
  onSettings,
}: WorkspaceSideProps) {
  const { workspace, tree, recent } = state
  const { active } = useSnapshot(tabs)
  const reach = useReach(workspace, { tabs, shares, folder })
  const files = folder?.isJoined === true ? folder.view.files : null
  const nodes = useMemo(() => nodesOf(workspace, tree, files), [workspace, tree, files])
  // The tabs of a joined folder go by the rooms of its files, its tree by their paths.
  const shown = files === null ? active : (files.find(({ room }) => room === active)?.path ?? null)
  const open = (path: string) =>
    onOpen(files === null ? path : (files.find((file) => file.path === path)?.room ?? path))
  return (
    <>
      <FilesSide
        isShown={side.isShown}
        head={
          <FolderMenu
            title={workspace.kind === "none" ? "" : workspace.title}
            recent={recent}
            actions={{
              openFolder: () => void store.openFolder(),
              openFile: () => void store.openFile(),
              openRecent: (entry) => void store.openRecent(entry.key),
              settings: onSettings,
            }}
          />
        }
        {...(onMake === undefined ? {} : { onNew: () => onNaming(true) })}
        reach={reach}
      >
        {isNaming && onMake !== undefined && <NewFileField onMake={onMake} onDone={() => onNaming(false)} />}
        {nodes.length === 0 ? (
          <p className="size-12 faint side-none">
            {folder?.isJoined === true && !folder.view.loaded ? "" : "No text files yet"}
          </p>
        ) : (
          <FileTree label="Files" nodes={nodes} active={shown} people={people} onOpen={open} />
        )}
      </FilesSide>
      {side.isShown && !side.isDrawer && <SideHandle width={side.width} onChange={side.resize} />}
    </>
  )
}

/** A file or a joined document is the only entry of its window. `files` are those of a joined folder. */
function nodesOf(
  workspace: Workspace,
  tree: readonly TreeEntry[],
  files: readonly FolderFile[] | null,
): TreeNode[] {
  if (files !== null) return treeNodes(files.map(({ path }) => ({ path, kind: "file" })))
  switch (workspace.kind) {
    case "file":
      return [{ path: workspace.path, name: baseName(workspace.path), kind: "file", children: [] }]
    case "joined":
      return [{ path: workspace.room, name: workspace.title, kind: "file", children: [] }]
    default:
      return treeNodes(tree)
  }
}

function useReach(
  workspace: Workspace,
  { tabs, shares, folder }: Pick<WorkspaceSideProps, "tabs" | "shares" | "folder">,
): Reach {
  useSnapshot(tabs)
  // In a shared folder people may be in other files than the one in front.
  const session = folder?.session.session ?? tabs.front?.session ?? null
  const snapshot = useSnapshot(session ?? nothing)
  const sharings = useSnapshot(shares)
  const server = shares.serverOf(tabs.front?.session.room ?? wholeFolder)
  if (server !== null) return joinedReach(server, snapshot)
  if (workspace.kind === "joined" && !isTakenOver(workspace))
    return joinedReach(hostName(workspace), snapshot)
  const isShared = [...sharings.values()].some((sharing: Sharing) => sharing.kind === "shared")
  return isShared ? { kind: "from-here", people: snapshot?.people.length ?? 1 } : { kind: "private" }
}

const nothing = { subscribe: () => () => undefined, snapshot: (): SessionSnapshot | null => null }

function joinedReach(host: string, snapshot: SessionSnapshot | null): Reach {
  if (snapshot?.host?.state === HostState.Ended) return { kind: "ended" }
  if (snapshot?.host?.state === HostState.Away) return { kind: "offline", host }
  return { kind: "host", host, people: snapshot?.people.length ?? 1 }
}
