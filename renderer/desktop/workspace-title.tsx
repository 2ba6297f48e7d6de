import { PanelLeft } from "lucide-react"
import type { WindowState } from "../../protocol/ipc.ts"
import type { DocumentSession } from "../session/document-session.ts"
import { IconButton } from "../ui/icon-button.tsx"
import type { Pane } from "../ui/pane.ts"
import { PeopleBar } from "../ui/people-bar.tsx"
import { SharePopover } from "../ui/share-popover.tsx"
import { TabBar } from "../ui/tab-bar.tsx"
import { useSnapshot } from "../use-snapshot.ts"
import type { ShareStore } from "./share-store.ts"
import type { TabStore } from "./tab-store.ts"

interface WorkspaceTitleProps {
  state: WindowState
  tabs: TabStore
  shares: ShareStore
  isSideShown: boolean
  isSharing: boolean
  onSharing: (isOpen: boolean) => void
  onToggleSide: () => void
  onClose: (path: string) => void
  onNew: () => void
  onSettings: () => void
  onCopy: (text: string) => void
}

export function WorkspaceTitle(props: WorkspaceTitleProps) {
  const { state, tabs, isSideShown, onToggleSide, onClose, onNew } = props
  const { tabs: list, active } = useSnapshot(tabs)
  const front = list.find((tab) => tab.path === active)
  const canMake = state.workspace.kind === "folder"
  return (
    <header className="title drag" data-region="title">
      <h1 className="unseen">
        {front?.title ?? (state.workspace.kind === "none" ? "" : state.workspace.title)}
      </h1>
      <div className="title-lead">
        <IconButton label={isSideShown ? "Hide files" : "Show files"} onPress={onToggleSide}>
          <PanelLeft />
        </IconButton>
      </div>
      <TabBar
        tabs={list}
        active={active}
        onActivate={(path) => tabs.activate(path)}
        onClose={onClose}
        {...(canMake ? { onNew } : {})}
      />
      {front?.content.kind === "open" && (
        <Tools
          key={front.path}
          {...props}
          title={front.title}
          session={front.content.session}
          pane={front.content.pane}
        />
      )}
    </header>
  )
}

interface ToolsProps extends WorkspaceTitleProps {
  title: string
  session: DocumentSession
  pane: Pane
}

/** What belongs to the document in front: who is in it, and Share. */
function Tools({
  state,
  shares,
  title,
  session,
  pane,
  isSharing,
  onSharing,
  onSettings,
  onCopy,
}: ToolsProps) {
  const { people } = useSnapshot(session)
  const { following } = useSnapshot(pane)
  const sharing = useSnapshot(shares).get(session.room) ?? ({ kind: "unknown" } as const)
  const { room } = session
  const isOwn = state.workspace.kind !== "joined"
  return (
    <div className="title-tools">
      <PeopleBar
        people={people}
        following={following}
        onGoTo={(person) => pane.goTo(person)}
        onSelf={onSettings}
      />
      {isOwn && (
        <SharePopover
          title={title}
          sharing={sharing}
          people={people}
          asksFirewall={state.platform !== "linux"}
          isOpen={isSharing}
          onOpenChange={onSharing}
          actions={{ start: () => void shares.start(room), stop: () => void shares.stop(room), copy: onCopy }}
        />
      )}
    </div>
  )
}
