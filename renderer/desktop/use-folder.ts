import { useEffect, useMemo, useRef, useState } from "react"
import type { WindowState } from "../../protocol/ipc.ts"
import { isFolderRoom } from "../../protocol/shared-folder.ts"
import { FolderSession, type FolderView } from "../session/folder-session.ts"
import { useSnapshot } from "../use-snapshot.ts"
import { type ShareStore, wholeFolder } from "./share-store.ts"

/** The shared folder that a window shows: somebody else's, or one's own while it is shared. */
export interface Folder {
  session: FolderSession
  view: FolderView
  isJoined: boolean
}

/** Null: the window shows no shared folder, or the server is being started. */
export function useFolder(state: WindowState, shares: ShareStore): Folder | null {
  const { workspace, server, settings } = state
  const sharing = useSnapshot(shares).get(wholeFolder)
  const isJoined = workspace.kind === "joined" && isFolderRoom(workspace.room)
  const role = isJoined ? workspace.role : null
  const ownRoom = workspace.kind === "folder" && sharing?.kind === "shared" ? sharing.share.room : null
  const room = isJoined ? workspace.room : ownRoom
  const [session, setSession] = useState<FolderSession | null>(null)
  const latest = useRef({ server, person: settings.person })
  // While the server is started again there is none; what is open waits for it.
  latest.current = { server: server ?? latest.current.server, person: settings.person }
  const isReady = latest.current.server !== null
  useEffect(() => {
    const { server: address, person } = latest.current
    if (room === null || !isReady || address === null) return
    const options = { ...address, room, person, kind: "desktop" as const }
    const opened = new FolderSession(role === null ? options : { ...options, role })
    setSession(opened)
    return () => {
      setSession(null)
      opened.destroy()
    }
  }, [room, role, isReady])
  useEffect(() => {
    if (server !== null) session?.session.setServer(server)
  }, [session, server])
  useEffect(() => session?.session.setPerson(settings.person), [session, settings.person])
  const view = useSnapshot(session ?? nothing)
  return useMemo(() => (session === null ? null : { session, view, isJoined }), [session, view, isJoined])
}

const noView: FolderView = { files: [], loaded: false, people: [], readOnly: true }
const nothing = { subscribe: () => () => undefined, snapshot: () => noView }
