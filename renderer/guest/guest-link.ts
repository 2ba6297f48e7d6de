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

/** The file of a shared folder that is in front, by its room: a page that is loaded again begins with it. */
export function readGuestFile(hash: string): string | null {
  return fragmentValue(hash.replace(/^#/, ""), "file")
}

export function formatGuestFile(link: GuestLink, file: string): string {
  return `${formatGuestLink(link)}&file=${encodeURIComponent(file)}`
}
