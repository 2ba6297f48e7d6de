import { formatInviteFragment, fragmentValue } from "../../protocol/invite.ts"
import { Limits } from "../../protocol/limits.ts"
import { peerColours } from "../../protocol/presence.ts"

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

/** The address by which somebody comes to the next host of a document, with the name and the colour that they have here. */
export function formatArrival(arrival: {
  link: GuestLink
  file: string | null
  guest: { name: string; peer: number | null }
}): string {
  const { link, file, guest } = arrival
  const base = file === null ? formatGuestLink(link) : formatGuestFile(link, file)
  return `${base}&name=${encodeURIComponent(guest.name)}&peer=${guest.peer ?? 1}`
}

/** Who comes from a former host. Null: nobody said so. */
export function readArrival(hash: string): { name: string; peer: number } | null {
  const fragment = hash.replace(/^#/, "")
  const name = fragmentValue(fragment, "name")?.trim().slice(0, Limits.personNameLength) ?? ""
  const peer = Number(fragmentValue(fragment, "peer"))
  const isColour = Number.isInteger(peer) && peer >= 1 && peer <= peerColours.length
  return name === "" || !isColour ? null : { name, peer }
}
