import { useState } from "react"
import { RemovedDialog } from "../ui/removed-dialog.tsx"
import { clock } from "../ui/time-words.ts"
import { useSnapshot } from "../use-snapshot.ts"
import type { GuestDocument } from "./guest-document.ts"

/** Says that the host has ended this guest's access, and offers the words that are in the tab. */
export function GuestRemoved({ document }: { document: GuestDocument }) {
  const { connection, since, changes } = useSnapshot(document.session)
  const [readAt, setReadAt] = useState<number | null>(null)
  if (connection !== "refused" || readAt === since) return null
  return (
    <RemovedDialog
      by={document.invitation.by === "" ? "The host" : document.invitation.by}
      title={document.title}
      at={clock(since)}
      keeps="tab"
      unsent={changes}
      onKeep={() => setReadAt(since)}
      onDownload={document.download}
    />
  )
}
