import { Eye, TriangleAlert, WifiOff } from "lucide-react"
import { type ReactNode, useState } from "react"
import { HostState } from "../../protocol/message.ts"
import type { DocumentSession } from "../session/document-session.ts"
import type { Light } from "../session/light.ts"
import type { SessionSnapshot } from "../session/session-snapshot.ts"
import { useElapsed } from "../use-elapsed.ts"
import { useSnapshot } from "../use-snapshot.ts"
import { AbsenceBanner } from "./absence-banner.tsx"
import { Banner } from "./banner.tsx"
import { Button } from "./button.tsx"
import type { AbsenceNews } from "./use-absence-news.ts"

interface DocumentBannerProps {
  session: DocumentSession
  light: Light
  /** Who decides what one may do here, as people know them. */
  by: string
  /** Ways to bring words in danger to safety. */
  rescue: ReactNode
  /** Hosts the document from this computer, in the place of a host that has gone. */
  onTakeOver?: (() => void) | undefined
  /** What others wrote while one was away. */
  news: AbsenceNews | null
  onShowNews: () => void
  /** What else is to be said, when nothing worse is. */
  note?: ReactNode
}

/** How long the host must be away before more than the light says so, in milliseconds. */
const longAbsence = 60_000

/** The one line over the text: the worst thing that is so, or nothing. */
export function DocumentBanner({
  session,
  light,
  by,
  rescue,
  onTakeOver,
  news,
  onShowNews,
  note = null,
}: DocumentBannerProps) {
  const snapshot = useSnapshot(session)
  const [closed, setClosed] = useState<"offline" | "read-only" | null>(null)
  const isAway = useElapsed(awaySince(session, snapshot), longAbsence)
  if (light.tone === "bad") {
    return (
      <Banner tone="bad" icon={<TriangleAlert />} title={`${light.words}.`} actions={rescue}>
        {light.sentence}
      </Banner>
    )
  }
  if (isAway && closed !== "offline") {
    return <Offline session={session} onTakeOver={onTakeOver} onClose={() => setClosed("offline")} />
  }
  if (news !== null) return <AbsenceBanner news={news} onShow={onShowNews} />
  if (note !== null) return note
  if (snapshot.readOnly && snapshot.connection !== "refused" && closed !== "read-only") {
    return (
      <Banner tone="neutral" icon={<Eye />} title="You can read this." onClose={() => setClosed("read-only")}>
        {`${by === "" ? "The host" : by} lets you read, not edit. What the others write appears as they write it.`}
      </Banner>
    )
  }
  return null
}

interface OfflineProps {
  session: DocumentSession
  onTakeOver: (() => void) | undefined
  onClose: () => void
}

function Offline({ session, onTakeOver, onClose }: OfflineProps) {
  if (session.kind === "desktop") {
    return (
      <Banner
        tone="neutral"
        icon={<WifiOff />}
        title="You are offline."
        onClose={onClose}
        actions={
          onTakeOver !== undefined && (
            <Button look="ghost" size="small" onPress={onTakeOver}>
              Take over hosting
            </Button>
          )
        }
      >
        Keep writing. It is all saved here, and goes to the others when you are back.
      </Banner>
    )
  }
  return (
    <Banner
      tone="neutral"
      icon={<WifiOff />}
      title="You are offline."
      onClose={onClose}
      actions={
        <Button look="ghost" size="small" onPress={() => session.reconnectNow()}>
          Try now
        </Button>
      }
    >
      Keep writing, and keep this tab open. What you write goes to the others when the host answers.
    </Banner>
  )
}

/** Since when the host has been away; null while it is there. */
function awaySince(session: DocumentSession, snapshot: SessionSnapshot): number | null {
  if (session.kind === "guest") return snapshot.connection === "away" ? snapshot.since : null
  return snapshot.host?.state === HostState.Away ? snapshot.hostSince : null
}
