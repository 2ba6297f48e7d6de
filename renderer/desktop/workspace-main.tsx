import { FilePlus, FolderOpen } from "lucide-react"
import { useEffect, useState } from "react"
import type { WindowState } from "../../protocol/ipc.ts"
import { copyText } from "../copy-text.ts"
import { downloadText, fileNameFor } from "../download.ts"
import type { DocumentSession } from "../session/document-session.ts"
import { Button } from "../ui/button.tsx"
import { CentreNote } from "../ui/centre-note.tsx"
import { DocumentBody } from "../ui/document-body.tsx"
import { KnockStrip } from "../ui/knock-strip.tsx"
import { Notice } from "../ui/notice.tsx"
import type { Pane } from "../ui/pane.ts"
import { RefusedFile } from "../ui/refused-file.tsx"
import { panelId, tabId } from "../ui/tab-bar.tsx"
import { TakenOut } from "../ui/taken-out.tsx"
import { useSnapshot } from "../use-snapshot.ts"
import { DesktopAbsence } from "./desktop-absence.ts"
import { isTakenOver, useDocumentLight } from "./document-facts.ts"
import { baseName } from "./file-name.ts"
import type { ShareStore } from "./share-store.ts"
import type { Tab, TabStore } from "./tab-store.ts"
import { TakeOverDialog } from "./take-over-dialog.tsx"
import type { Folder } from "./use-folder.ts"
import type { WindowStore } from "./window-store.ts"

interface WorkspaceMainProps {
  store: WindowStore
  state: WindowState
  tabs: TabStore
  shares: ShareStore
  folder: Folder | null
  canMake: boolean
  onClose: (path: string) => void
  onNew: () => void
}

export function WorkspaceMain(props: WorkspaceMainProps) {
  const { store, state, tabs } = props
  const { tabs: list, active } = useSnapshot(tabs)
  const { notice, isNoticeCalm } = useSnapshot(store)
  return (
    <main className="workspace-main" data-region="text">
      {notice !== null && <Notice report={notice} isCalm={isNoticeCalm} onClose={() => store.note(null)} />}
      <KnockStrip knocks={state.knocks} onAnswer={(id, admit) => void store.answerKnock(id, admit)} />
      {list.length === 0 && <NothingOpen {...props} />}
      {list.map((tab) => (
        <div
          key={tab.key}
          role="tabpanel"
          id={panelId(tab.path)}
          aria-labelledby={tabId(tab.path)}
          className="tab-panel"
          inert={tab.path !== active}
        >
          <TabContent {...props} tab={tab} />
        </div>
      ))}
    </main>
  )
}

function TabContent({ tab, tabs, onClose, ...props }: WorkspaceMainProps & { tab: Tab }) {
  const { content } = tab
  switch (content.kind) {
    case "opening":
      return <p className="unseen">Opening {tab.title}</p>
    case "refused":
      return (
        <RefusedFile
          name={tab.title === "" ? baseName(tab.path) : tab.title}
          error={content.error}
          onRetry={() => tabs.retry(tab.path)}
          onClose={() => onClose(tab.path)}
        />
      )
    case "open":
      return (
        <OpenTab
          {...props}
          session={content.session}
          pane={content.pane}
          title={tab.title}
          onClose={() => onClose(tab.path)}
        />
      )
  }
}

interface OpenTabProps {
  store: WindowStore
  state: WindowState
  shares: ShareStore
  folder: Folder | null
  session: DocumentSession
  pane: Pane
  title: string
  onClose: () => void
}

function OpenTab({ store, state, shares, folder, session, pane, title, onClose }: OpenTabProps) {
  const light = useDocumentLight(session, { store, state, shares })
  const by = state.workspace.kind === "joined" ? state.workspace.by : ""
  const isGone = useSnapshot(store).files.get(session.room)?.trouble?.code === "FILE_NOT_FOUND"
  const [absence] = useState(() => new DesktopAbsence(store.bridge, session.room))
  useEffect(() => absence.watch(), [absence])
  const isOthers = state.workspace.kind === "joined" && !isTakenOver(state.workspace)
  const [isTakingOver, setTakingOver] = useState(false)
  return (
    <>
      <DocumentBody
        session={session}
        pane={pane}
        title={title}
        light={light}
        by={by}
        rescue={
          isGone ? (
            <Gone onRestore={() => void store.restoreDocument(session.room)} onClose={onClose} />
          ) : (
            <Rescue session={session} title={title} />
          )
        }
        onTakeOver={isOthers ? () => setTakingOver(true) : undefined}
        absence={useSnapshot(absence)}
        onDismissAbsence={absence.dismiss}
        note={
          takenOut(folder, session.room) ? (
            <TakenOut tree={folder.session} room={session.room} title={title} kept="on this computer" />
          ) : null
        }
      />
      {isTakingOver && (
        <TakeOverDialog
          state={state}
          onTake={() => {
            setTakingOver(false)
            void store.takeOver()
          }}
          onLeave={() => setTakingOver(false)}
        />
      )}
    </>
  )
}

/** Asks what is to become of a document whose file another program deleted. */
function Gone({ onRestore, onClose }: { onRestore: () => void; onClose: () => void }) {
  return (
    <>
      <Button size="small" onPress={onRestore}>
        Put it back
      </Button>
      <Button size="small" look="ghost" onPress={onClose}>
        Close it
      </Button>
    </>
  )
}

/** Whether a joined folder has this file no longer. */
function takenOut(folder: Folder | null, room: string): folder is Folder {
  return folder?.isJoined === true && folder.view.loaded && folder.session.pathOf(room) === null
}

/** Two ways to bring words out of a window that cannot save them. */
export function Rescue({ session, title }: { session: DocumentSession; title: string }) {
  return (
    <>
      <Button size="small" onPress={() => downloadText(fileNameFor(title), session.text.toString())}>
        Save a copy elsewhere
      </Button>
      <Button size="small" look="ghost" onPress={() => copyText(session.text.toString())}>
        Copy all text
      </Button>
    </>
  )
}

function NothingOpen({ store, state, folder, canMake, onNew }: WorkspaceMainProps) {
  const { workspace, tree } = state
  const isJoined = folder?.isJoined === true
  if (workspace.kind === "none" || (workspace.kind !== "folder" && !isJoined)) return null
  // The tree of a joined folder is on its way, or its host is out of reach; the foot of the files says which.
  if (isJoined && !folder.view.loaded) return null
  const isEmpty = isJoined ? folder.view.files.length === 0 : !tree.some((entry) => entry.kind === "file")
  const actions = (
    <>
      {canMake && (
        <Button look="ink" size="large" autoFocus={isEmpty} onPress={onNew}>
          <FilePlus />
          New file
        </Button>
      )}
      {isEmpty && !isJoined && (
        <Button size="large" onPress={() => void store.openFolder()}>
          <FolderOpen />
          Open another folder
        </Button>
      )}
    </>
  )
  return isEmpty ? (
    <CentreNote title="Nothing here yet" actions={actions}>
      <p>
        “<bdi>{workspace.title}</bdi>” has no text files.{" "}
        {isJoined
          ? "As soon as somebody makes one, it shows up by itself."
          : "Make one, or put some into the folder with any other program; they show up by themselves."}
      </p>
    </CentreNote>
  ) : (
    <CentreNote title="No file is open" actions={actions}>
      <p>{canMake ? "Choose one at the side, or make a new one." : "Choose one at the side."}</p>
    </CentreNote>
  )
}
