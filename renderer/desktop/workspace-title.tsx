import { PanelLeft } from "lucide-react"
import type { WindowState, Workspace } from "../../protocol/ipc.ts"
import { isFolderRoom } from "../../protocol/shared-folder.ts"
import type { DocumentSession } from "../session/document-session.ts"
import type { Person } from "../session/session-snapshot.ts"
import { IconButton } from "../ui/icon-button.tsx"
import type { Pane } from "../ui/pane.ts"
import { PeopleBar } from "../ui/people-bar.tsx"
import { type PersonHere, placeInText, SharePopover } from "../ui/share-popover.tsx"
import { TabBar } from "../ui/tab-bar.tsx"
import { useSnapshot } from "../use-snapshot.ts"
import { isTakenOver } from "./document-facts.ts"
import { baseName, splitEnding } from "./file-name.ts"
import { type ShareStore, type Sharing, wholeFolder } from "./share-store.ts"
import type { Tab, TabStore } from "./tab-store.ts"
import type { Folder } from "./use-folder.ts"

interface WorkspaceTitleProps {
  state: WindowState
  tabs: TabStore
  shares: ShareStore
  folder: Folder | null
  canMake: boolean
  isSideShown: boolean
  isSharing: boolean
  onSharing: (isOpen: boolean) => void
  onToggleSide: () => void
  onClose: (path: string) => void
  onNew: () => void
  onSettings: () => void
  onCopy: (text: string) => void
  /** Somebody who asks to come in is let in, or not. */
  onAnswer: (knockId: string, admit: boolean) => void
}

export function WorkspaceTitle(props: WorkspaceTitleProps) {
  const { state, tabs, canMake, isSideShown, onToggleSide, onClose, onNew } = props
  const { tabs: list, active } = useSnapshot(tabs)
  const front = list.find((tab) => tab.path === active)
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
      <div className="title-tools">
        {front?.content.kind === "open" && (
          <People key={front.key} session={front.content.session} pane={front.content.pane} {...props} />
        )}
        {(state.workspace.kind !== "joined" || isTakenOver(state.workspace)) && (
          <Share {...props} front={front ?? null} />
        )}
      </div>
    </header>
  )
}

/** Who is in the document in front. */
function People({
  session,
  pane,
  onSettings,
}: WorkspaceTitleProps & { session: DocumentSession; pane: Pane }) {
  const { people } = useSnapshot(session)
  const { following } = useSnapshot(pane)
  return (
    <PeopleBar
      people={people}
      following={following}
      onGoTo={(person) => pane.goTo(person)}
      onSelf={onSettings}
    />
  )
}

/** Shares the whole folder, or the document in front. */
function Share({
  state,
  shares,
  folder,
  front,
  isSharing,
  onSharing,
  onCopy,
  onAnswer,
}: WorkspaceTitleProps & { front: Tab | null }) {
  const sharings = useSnapshot(shares)
  const session = front?.content.kind === "open" ? front.content.session : null
  const snapshot = useSnapshot(session ?? nothing)
  const of = (key: string): Sharing => sharings.get(key) ?? { kind: "unknown" }
  const actionsOf = (key: string) => ({
    start: () => void shares.start(key),
    stop: () => void shares.stop(key),
    copy: onCopy,
    setNearby: (on: boolean) => void shares.setNearby(key, on),
    answer: onAnswer,
    continueOn: (link: string) => shares.continueOn(key, link),
    bringBack: () => shares.bringBack(key),
  })
  const seenAs = (title: string) => `${title}, ${state.settings.person.name}`
  const knocksAt = (sharing: Sharing) =>
    state.knocks.filter(({ room }) => sharing.kind === "shared" && sharing.share.room === room)
  const inFile = snapshot?.people ?? []
  const file =
    session === null || front === null
      ? null
      : {
          title: front.title,
          sharing: of(session.room),
          people: inFile.map((person) => ({ person, place: placeInText(person) })),
          knocks: knocksAt(of(session.room)),
          seenAs: seenAs(front.title),
          actions: actionsOf(session.room),
        }
  const folderKey = folderKeyOf(state.workspace)
  const whole =
    folderKey === null || state.workspace.kind === "none"
      ? null
      : {
          title: state.workspace.title,
          sharing: of(folderKey),
          people: folder === null ? [] : peopleInFolder(folder, inFile),
          knocks: knocksAt(of(folderKey)),
          seenAs: seenAs(state.workspace.title),
          actions: actionsOf(folderKey),
        }
  if (file === null && whole === null) return null
  return (
    <SharePopover
      folder={whole}
      file={file}
      asksFirewall={state.platform !== "linux"}
      isOpen={isSharing}
      onOpenChange={onSharing}
    />
  )
}

/** By what the shares know the folder of the window; null where it shows none that is ours. */
function folderKeyOf(workspace: Workspace): string | null {
  if (workspace.kind === "folder") return wholeFolder
  return workspace.kind === "joined" && isFolderRoom(workspace.room) ? workspace.room : null
}

/** "2 Tides, line 10": the line is known of those who are in the document in front. */
function peopleInFolder({ session, view }: Folder, inFront: readonly Person[]): PersonHere[] {
  return view.people.map(({ person, room }) => {
    const path = room === null ? null : session.pathOf(room)
    const name = path === null ? "Looking on" : splitEnding(baseName(path)).stem
    const caret = inFront.find((other) => other.id === person.id)?.caret ?? null
    return { person, place: caret === null || person.self ? name : `${name}, line ${caret.line}` }
  })
}

const nothing = { subscribe: () => () => undefined, snapshot: () => null }
