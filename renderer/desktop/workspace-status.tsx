import type { WindowState } from "../../protocol/ipc.ts"
import type { DocumentSession } from "../session/document-session.ts"
import type { Light } from "../session/light.ts"
import type { Pane } from "../ui/pane.ts"
import { SafetyLight } from "../ui/safety-light.tsx"
import { StatusBar } from "../ui/status-bar.tsx"
import { useSnapshot } from "../use-snapshot.ts"
import { useDocumentLight } from "./document-facts.ts"
import { kindOfText } from "./file-name.ts"
import type { ShareStore } from "./share-store.ts"
import type { Tab, TabStore } from "./tab-store.ts"
import type { Folder } from "./use-folder.ts"
import type { WindowStore } from "./window-store.ts"
import { Rescue } from "./workspace-main.tsx"

interface WorkspaceStatusProps {
  store: WindowStore
  state: WindowState
  tabs: TabStore
  shares: ShareStore
  folder: Folder | null
}

export function WorkspaceStatus({ tabs, ...stores }: WorkspaceStatusProps) {
  const { tabs: list, active } = useSnapshot(tabs)
  const tab = list.find((other) => other.path === active)
  if (tab?.content.kind !== "open") {
    return <StatusBar light={<SafetyLight light={nothingOpen} />} words={null} line={null} kind={null} />
  }
  return (
    <DocumentStatus
      key={tab.path}
      {...stores}
      tab={tab}
      session={tab.content.session}
      pane={tab.content.pane}
    />
  )
}

interface DocumentStatusProps extends Omit<WorkspaceStatusProps, "tabs"> {
  tab: Tab
  session: DocumentSession
  pane: Pane
}

function DocumentStatus({ tab, session, pane, folder, ...stores }: DocumentStatusProps) {
  const light = useDocumentLight(session, stores)
  const { words, line } = useSnapshot(pane)
  const { readOnly } = useSnapshot(session)
  // A joined document goes by its title, which has no ending.
  const path = stores.state.workspace.kind === "joined" ? folder?.session.pathOf(session.room) : tab.path
  const kind = kindOfText(path ?? "joined.md")
  return (
    <StatusBar
      light={<SafetyLight light={light} actions={<Rescue session={session} title={tab.title} />} />}
      words={words}
      line={readOnly ? null : line}
      kind={kind}
    >
      {readOnly && <span className="tag">Can read</span>}
    </StatusBar>
  )
}

const nothingOpen: Light = {
  shape: "dot",
  tone: "good",
  words: "Saved here",
  sentence: "Every word is on this computer. No file is open in front.",
  assertive: false,
}
