import { formatInviteFragment, fragmentValue } from "../../protocol/invite.ts"

/** What the address of this page says. Both parts are in the fragment, which is never sent to any server. */
export interface GuestLink {
  room: string | null
  token: string | null
}

export function readGuestLink(hash: string): GuestLink {
  const fragment = hash.replace(/^#/, "")
  return { room: fragmentValue(fragment, "room"), token: fragmentValue(fragment, "token") }
}

export function formatGuestLink(link: GuestLink): string {
  return `#${formatInviteFragment(link)}`
}
