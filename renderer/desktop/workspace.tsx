import { useCallback, useEffect, useMemo, useRef, useState } from "react"
import type { Outcome, WindowState } from "../../protocol/ipc.ts"
import { isFolderRoom } from "../../protocol/shared-folder.ts"
import { DropTarget } from "../ui/drop-target.tsx"
import { useRegions } from "../use-regions.ts"
import { useSide } from "../use-side.ts"
import { useSnapshot } from "../use-snapshot.ts"
import { CloseUnsaved } from "./close-unsaved.tsx"
import { isTakenOver } from "./document-facts.ts"
import { baseName, splitEnding } from "./file-name.ts"
import { useMenuCommands } from "./menu-commands.ts"
import { ShareStore, wholeFolder } from "./share-store.ts"
import { TabStore } from "./tab-store.ts"
import { type Folder, useFolder } from "./use-folder.ts"
import { usePeopleByPath } from "./use-people-by-path.ts"
import { useSaveCopies, useUnsavedWords } from "./use-unsaved-words.ts"
import type { WindowStore } from "./window-store.ts"
import { WorkspaceMain } from "./workspace-main.tsx"
import { WorkspaceRemoved } from "./workspace-removed.tsx"
import { WorkspaceSide } from "./workspace-side.tsx"
import { WorkspaceStatus } from "./workspace-status.tsx"
import { WorkspaceTitle } from "./workspace-title.tsx"
import "./workspace.css"

interface WorkspaceProps {
  store: WindowStore
  state: WindowState
  onSettings: () => void
}

/** A window with a folder, a file or somebody else's document in it. */
export function Workspace({ store, state, onSettings }: WorkspaceProps) {
  const { workspace } = state
  const tabs = useTabs(store, state)
  const [shares] = useState(() => new ShareStore(store.bridge))
  const { tabs: list, active } = useSnapshot(tabs)
  const folder = useFolder(state, shares)
  const people = usePeopleByPath(list, folder)
  const side = useSide({ opensAtFirst: workspace.kind !== "file" })
  const [isNaming, setNaming] = useState(false)
  const [isSharing, setSharing] = useState(false)
  const [closing, setClosing] = useState<string | null>(null)
  useUnsavedWords(store.bridge, list)
  useSaveCopies(store.bridge, list)
  useSharesOf(shares, list, workspace)
  useFolderTabs(folder, tabs)

  const { closeDrawer } = side
  const toText = () => {
    closeDrawer()
    tabs.focusText()
  }
  useRegions(toText)

  const open = (path: string) => {
    closeDrawer()
    tabs.open(path)
  }
  const close = (path: string) => {
    const tab = list.find((other) => other.path === path)
    if (tab?.content.kind === "open" && tab.content.session.snapshot().changes > 0) setClosing(path)
    else tabs.close(path)
  }
  const make = async (path: string): Promise<Outcome<unknown>> => {
    if (folder?.isJoined !== true) return tabs.create(path)
    const made = folder.session.make(path)
    if (made.ok) tabs.open(made.value.room)
    return made
  }
  const canMake = workspace.kind === "folder" || (folder?.isJoined === true && !folder.view.readOnly)
  const newFile = () => {
    if (!canMake) {
      void store.newFile()
      return
    }
    side.show()
    setNaming(true)
  }

  useMenuCommands(store.bridge, {
    tabs,
    newFile,
    closeTab: close,
    share: () => setSharing(true),
    toggleFiles: side.toggle,
    settings: onSettings,
  })
  useShowDocument(store, open)
  useEffect(() => store.bridge.on("document-moved", (move) => tabs.moved(move)), [store, tabs])
  useWindowTitle(state, list.find((tab) => tab.path === active)?.title ?? null)
  const dropped = useCallback((files: readonly File[]) => void store.openDropped(files), [store])

  return (
    <div
      className={`workspace${side.isShown ? "" : " no-side"}${side.isDrawer ? " narrow" : ""}`}
      style={{ "--side": `${side.width}px` }}
    >
      {side.isDrawer && side.isShown && (
        <div className="drawer-scrim" aria-hidden="true" onClick={closeDrawer} />
      )}
      <WorkspaceSide
        store={store}
        state={state}
        tabs={tabs}
        shares={shares}
        folder={folder}
        people={people}
        side={side}
        isNaming={isNaming}
        onNaming={setNaming}
        {...(canMake ? { onMake: make } : {})}
        onOpen={open}
        onSettings={onSettings}
      />
      <WorkspaceTitle
        state={state}
        tabs={tabs}
        shares={shares}
        folder={folder}
        canMake={canMake}
        isSideShown={side.isShown}
        isSharing={isSharing}
        onSharing={setSharing}
        onToggleSide={side.toggle}
        onClose={close}
        onNew={newFile}
        onSettings={onSettings}
        onCopy={(text) => void store.bridge.call("copy-text", text)}
        onAnswer={(id, admit) => void store.answerKnock(id, admit)}
      />
      <WorkspaceMain
        store={store}
        state={state}
        tabs={tabs}
        shares={shares}
        folder={folder}
        canMake={canMake}
        onClose={close}
        onNew={newFile}
      />
      <WorkspaceStatus store={store} state={state} tabs={tabs} shares={shares} folder={folder} />
      <WorkspaceRemoved state={state} tabs={tabs} folder={folder} />
      <CloseUnsaved path={closing} tabs={tabs} onDone={() => setClosing(null)} />
      <DropTarget onDrop={dropped} />
    </div>
  )
}

/** The tabs of this workspace, told of every change of server and person, and ended with it. */
function useTabs(store: WindowStore, state: WindowState): TabStore {
  const { server, settings, workspace } = state
  const context = useMemo(() => {
    const joined = workspace.kind === "joined" ? joinedContext(workspace) : null
    return { server, person: settings.person, joined }
  }, [server, settings.person, workspace])
  const [tabs] = useState(() => new TabStore(store.bridge, context))
  useEffect(() => tabs.setContext(context), [tabs, context])
  const first = useRef(state)
  useEffect(() => {
    tabs.restore(firstTabs(first.current))
    return () => tabs.destroy()
  }, [tabs])
  return tabs
}

function joinedContext({ room, title, role }: Extract<WindowState["workspace"], { kind: "joined" }>) {
  return { title: isFolderRoom(room) ? null : title, role }
}

/** The tabs of a joined folder are called as its tree says, and the others see which one is in front. */
function useFolderTabs(folder: Folder | null, tabs: TabStore): void {
  const { tabs: list, active } = useSnapshot(tabs)
  const front = list.find((tab) => tab.path === active)
  const room = front?.content.kind === "open" ? front.content.session.room : null
  const files = folder?.isJoined === true ? folder.view.files : null
  useEffect(() => folder?.session.show(room), [folder, room])
  useEffect(() => {
    if (files !== null)
      tabs.retitle(new Map(files.map((file) => [file.room, splitEnding(baseName(file.path)).stem])))
  }, [files, tabs])
}

/** A file or a joined document is open from the start; a folder shows the tabs of the last time. */
function firstTabs({ workspace, tabs }: WindowState): WindowState["tabs"] {
  switch (workspace.kind) {
    case "file":
      return { ...tabs, open: [workspace.path], active: workspace.path }
    case "joined":
      return isFolderRoom(workspace.room) ? tabs : { ...tabs, open: [workspace.room], active: workspace.room }
    default:
      return tabs
  }
}

function useShowDocument(store: WindowStore, open: (path: string) => void): void {
  const latest = useRef(open)
  latest.current = open
  useEffect(() => store.onShowDocument((path) => latest.current(path)), [store])
}

/** By what the shares know the folder of the window; null: it shows none of this computer. */
function folderKeyOf(workspace: WindowState["workspace"]): string | null {
  if (workspace.kind === "folder") return wholeFolder
  return isTakenOver(workspace) && workspace.kind === "joined" ? workspace.room : null
}

/** Asks once for each room, and for the folder, how it is shared. */
function useSharesOf(
  shares: ShareStore,
  list: readonly { content: { kind: string; session?: { room: string } } }[],
  workspace: WindowState["workspace"],
): void {
  const folderKey = folderKeyOf(workspace)
  useEffect(() => {
    if (folderKey !== null && shares.of(folderKey).kind === "unknown") void shares.refresh(folderKey)
  }, [shares, folderKey])
  useEffect(() => {
    for (const { content } of list) {
      const room = content.session?.room
      if (room !== undefined && shares.of(room).kind === "unknown") void shares.refresh(room)
    }
  }, [shares, list])
}

function useWindowTitle({ workspace }: WindowState, front: string | null): void {
  useEffect(() => {
    const place = workspace.kind === "none" ? "Manyhands" : workspace.title
    document.title = workspace.kind === "folder" && front !== null ? `${front} · ${place}` : place
  }, [workspace, front])
}
