import { ownHost, type WindowState } from "../../protocol/ipc.ts"
import type { DocumentSession } from "../session/document-session.ts"
import type { Light } from "../session/light.ts"
import { useLight } from "../use-light.ts"
import { useSnapshot } from "../use-snapshot.ts"
import type { ShareStore } from "./share-store.ts"
import type { WindowStore } from "./window-store.ts"

interface Stores {
  store: WindowStore
  state: WindowState
  shares: ShareStore
}

/** The light of one of this window's documents. */
export function useDocumentLight(session: DocumentSession, { store, state, shares }: Stores): Light {
  const snapshot = useSnapshot(session)
  const { files, storeTrouble } = useSnapshot(store)
  useSnapshot(shares)
  const { workspace } = state
  return useLight({
    snapshot,
    kind: "desktop",
    fileTrouble: files.get(session.room)?.trouble ?? null,
    storeTrouble,
    shared: shares.isShared(session.room),
    hostName: shares.serverOf(session.room) ?? hostName(workspace),
    folderTitle: workspace.kind === "folder" ? workspace.title : "",
  })
}

/** Whether this computer is the host of what was joined once. */
export function isTakenOver(workspace: WindowState["workspace"]): boolean {
  return workspace.kind === "joined" && workspace.host === ownHost
}

/** The host of a joined document as people know it; empty in one's own. */
export function hostName(workspace: WindowState["workspace"]): string {
  if (workspace.kind !== "joined") return ""
  return workspace.host === "" ? `${workspace.by}’s computer` : workspace.host
}
