import { useState } from "react"
import type { WindowState } from "../../protocol/ipc.ts"
import { HostState } from "../../protocol/message.ts"
import type { DocumentSession } from "../session/document-session.ts"
import { RemovedDialog } from "../ui/removed-dialog.tsx"
import { clock } from "../ui/time-words.ts"
import { useSnapshot } from "../use-snapshot.ts"
import type { TabStore } from "./tab-store.ts"
import type { Folder } from "./use-folder.ts"

/** Says once that the host has ended the access to a joined document. */
export function WorkspaceRemoved({
  state,
  tabs,
  folder,
}: {
  state: WindowState
  tabs: TabStore
  folder: Folder | null
}) {
  useSnapshot(tabs)
  // Of a folder the tree knows: a single file may have been taken out of it.
  const session = folder?.session.session ?? tabs.front?.session
  if (state.workspace.kind !== "joined" || session === undefined) return null
  return <Removed session={session} by={state.workspace.by} title={state.workspace.title} />
}

function Removed({ session, by, title }: { session: DocumentSession; by: string; title: string }) {
  const { host, hostSince } = useSnapshot(session)
  const key = `manyhands:ended:${session.room}`
  const [isRead, setRead] = useState(() => localStorage.getItem(key) !== null)
  if (host?.state !== HostState.Ended || isRead) return null
  return (
    <RemovedDialog
      by={by === "" ? "The host" : by}
      title={title}
      at={clock(hostSince ?? Date.now())}
      keeps="computer"
      unsent={host.waiting}
      onKeep={() => {
        localStorage.setItem(key, "read")
        setRead(true)
      }}
    />
  )
}
