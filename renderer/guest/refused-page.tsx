import type { ReactNode } from "react"
import { unreachable } from "../../protocol/errors.ts"
import type { Invite } from "../../protocol/invite.ts"
import { Button } from "../ui/button.tsx"
import { GuestFrame } from "./guest-frame.tsx"
import type { GuestPlace } from "./guest-store.ts"
import { LinkField } from "./paste-page.tsx"

interface RefusedPageProps {
  why: Extract<GuestPlace, { kind: "refused" }>["why"]
  /** Who gave the link; empty when it does not say. */
  by: string
  onAgain: () => void
  onOpen: (invite: Invite) => void
}

/** The link does not lead into a document: why, and what helps. */
export function RefusedPage({ why, by, onAgain, onOpen }: RefusedPageProps) {
  const { title, words } = refusal(why, by)
  return (
    <GuestFrame>
      <h1 className="size-20 strong">{title}</h1>
      <p className="quiet" role="status">
        {words}
      </p>
      {why === "silent" ? (
        <Button size="large" autoFocus onPress={onAgain}>
          Try now
        </Button>
      ) : (
        <LinkField label="Another link" onOpen={onOpen} />
      )}
    </GuestFrame>
  )
}

function refusal(why: RefusedPageProps["why"], by: string): { title: string; words: ReactNode } {
  switch (why) {
    case "ended":
      return {
        title: "This link has ended",
        words: by === "" ? "Ask whoever sent it for a new one." : `Ask ${by} for a new one.`,
      }
    case "elsewhere":
      return {
        title: "This link is for another document",
        words: "Open the whole link again, as it was sent to you.",
      }
    case "broken":
      return {
        title: "A part of this link is missing",
        words: "Copy the whole link, to its last letter, and open it again.",
      }
    case "silent":
      return {
        title: "The host does not answer",
        words: `${by === "" ? "Its" : `${by}’s`} computer may be asleep, or on another network. This page opens by itself when it is back.`,
      }
    default:
      return unreachable(why)
  }
}
