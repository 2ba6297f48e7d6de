import { useCallback, useEffect, useMemo, useRef, useState } from "react"
import type { WindowState } from "../../protocol/ipc.ts"
import { DropTarget } from "../ui/drop-target.tsx"
import { useRegions } from "../use-regions.ts"
import { useSnapshot } from "../use-snapshot.ts"
import { CloseUnsaved } from "./close-unsaved.tsx"
import { useMenuCommands } from "./menu-commands.ts"
import { ShareStore } from "./share-store.ts"
import { TabStore } from "./tab-store.ts"
import { usePeopleByPath } from "./use-people-by-path.ts"
import { useSide } from "./use-side.ts"
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
  const people = usePeopleByPath(list)
  const side = useSide({ opensAtFirst: workspace.kind !== "file" })
  const [isNaming, setNaming] = useState(false)
  const [isSharing, setSharing] = useState(false)
  const [closing, setClosing] = useState<string | null>(null)
  useUnsavedWords(store.bridge, list)
  useSaveCopies(store.bridge, list)
  useSharesOf(shares, list)

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
  const newFile = () => {
    if (workspace.kind !== "folder") {
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
        people={people}
        side={side}
        isNaming={isNaming}
        onNaming={setNaming}
        onOpen={open}
        onSettings={onSettings}
      />
      <WorkspaceTitle
        state={state}
        tabs={tabs}
        shares={shares}
        isSideShown={side.isShown}
        isSharing={isSharing}
        onSharing={setSharing}
        onToggleSide={side.toggle}
        onClose={close}
        onNew={newFile}
        onSettings={onSettings}
        onCopy={(text) => void store.bridge.call("copy-text", text)}
      />
      <WorkspaceMain
        store={store}
        state={state}
        tabs={tabs}
        shares={shares}
        onClose={close}
        onNew={newFile}
      />
      <WorkspaceStatus store={store} state={state} tabs={tabs} shares={shares} />
      <WorkspaceRemoved state={state} tabs={tabs} />
      <CloseUnsaved path={closing} tabs={tabs} onDone={() => setClosing(null)} />
      <DropTarget onDrop={dropped} />
    </div>
  )
}

/** The tabs of this workspace, told of every change of server and person, and ended with it. */
function useTabs(store: WindowStore, state: WindowState): TabStore {
  const { server, settings, workspace } = state
  const context = useMemo(() => {
    const joined = workspace.kind === "joined" ? { title: workspace.title, role: workspace.role } : null
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

/** A file or a joined document is open from the start; a folder shows the tabs of the last time. */
function firstTabs({ workspace, tabs }: WindowState): WindowState["tabs"] {
  switch (workspace.kind) {
    case "file":
      return { open: [workspace.path], active: workspace.path }
    case "joined":
      return { open: [workspace.room], active: workspace.room }
    default:
      return tabs
  }
}

function useShowDocument(store: WindowStore, open: (path: string) => void): void {
  const latest = useRef(open)
  latest.current = open
  useEffect(() => store.onShowDocument((path) => latest.current(path)), [store])
}

/** Asks once for each room how it is shared. */
function useSharesOf(
  shares: ShareStore,
  list: readonly { content: { kind: string; session?: { room: string } } }[],
): void {
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
