import { Lock, LockOpen } from "lucide-react"
import { SafetyLight } from "../ui/safety-light.tsx"
import { StatusBar } from "../ui/status-bar.tsx"
import { useSnapshot } from "../use-snapshot.ts"
import type { GuestDocument } from "./guest-document.ts"
import { GuestRescue } from "./guest-rescue.tsx"

export function GuestStatus({ document }: { document: GuestDocument }) {
  const { words, line } = useSnapshot(document.pane)
  const { readOnly } = useSnapshot(document.session)
  const isEncrypted = window.location.protocol === "https:"
  return (
    <StatusBar
      light={<SafetyLight light={document.light} actions={<GuestRescue document={document} />} />}
      words={words}
      line={readOnly ? null : line}
      kind="Markdown"
    >
      <span className="row guest-lock">
        {isEncrypted ? <Lock className="small" /> : <LockOpen className="small" />}
        {isEncrypted ? "Encrypted on the way" : "Not encrypted"}
      </span>
    </StatusBar>
  )
}
