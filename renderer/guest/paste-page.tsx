import { type Invite, parseInviteLink } from "../../protocol/invite.ts"
import { JoinByLink } from "../ui/join-by-link.tsx"
import { GuestFrame } from "./guest-frame.tsx"

interface PastePageProps {
  /** A link to a document of this very host. */
  onOpen: (invite: Invite) => void
}

/** The page of a host without a link: what this is, and a field for a link. */
export function PastePage({ onOpen }: PastePageProps) {
  return (
    <GuestFrame>
      <h1 className="size-20 strong">This is Manyhands</h1>
      <p className="quiet">
        Here people write the same text at once. To come in you need an invite link from somebody who is
        already writing: open it, or paste it here.
      </p>
      <LinkField onOpen={onOpen} />
    </GuestFrame>
  )
}

/** A link to this host opens here, any other leaves for its own host. */
export function LinkField({ onOpen, label = "Invite link" }: PastePageProps & { label?: string }) {
  return (
    <JoinByLink
      label={label}
      onJoin={(text) => {
        const invite = parseInviteLink(text)
        if (invite.origin === window.location.origin) onOpen(invite)
        else window.location.assign(`${invite.origin}/${text.slice(text.indexOf("#"))}`)
        return Promise.resolve({ ok: true, value: null })
      }}
    />
  )
}
