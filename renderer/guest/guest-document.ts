import type { Invitation } from "../../protocol/api.ts"
import { formatDeepLink } from "../../protocol/invite.ts"
import { parseRoomName } from "../../protocol/room-name.ts"
import type { DocumentSession } from "../session/document-session.ts"
import type { Light } from "../session/light.ts"
import type { Pane } from "../ui/pane.ts"
import type { GuestLink } from "./guest-link.ts"

/** What the parts of the guest's frame have in common. */
export interface GuestDocument {
  link: GuestLink
  invitation: Invitation
  session: DocumentSession
  pane: Pane
  title: string
  light: Light
  download: () => void
  settings: () => void
}

/** The link by which the desktop app opens the same document; null without a token, which only it could use. */
export function appLink({ link, invitation }: GuestDocument): string | null {
  if (link.token === null) return null
  const room = parseRoomName(invitation.room)
  return formatDeepLink({ origin: window.location.origin, room, token: link.token })
}
