/**
 * What a person shows of themselves in awareness. `user.name`, `user.color` and `user.colorLight` are the names that
 * the public y-codemirror demos use, so that their cursors and ours see each other. `user.peer` is the place of the
 * colour in our palette, so that each reader's theme can choose its own shade of it.
 */
import { z } from "zod"
import { Limits } from "./limits.ts"

/** The palette, in the order in which colours are given out; the values are those of the light theme. */
export const peerColours = [
  { name: "azure", hex: "#2365d1" },
  { name: "coral", hex: "#cc4a31" },
  { name: "plum", hex: "#a2419d" },
  { name: "teal", hex: "#02847d" },
  { name: "rose", hex: "#d13a6d" },
  { name: "moss", hex: "#3f852f" },
  { name: "iris", hex: "#765fd9" },
  { name: "sky", hex: "#057cb7" },
  { name: "orchid", hex: "#9c57c2" },
  { name: "amber", hex: "#a26906" },
  { name: "slate", hex: "#5e7583" },
  { name: "olive", hex: "#76790a" },
] as const

export interface PresenceUser {
  name: string
  color: string
  colorLight: string
  /** 1 to 12: the place in the palette. */
  peer: number
  /** The same for all windows of one person, so that they count as one. */
  id: string
}

const hexColour = z.string().regex(/^#[0-9a-f]{6}([0-9a-f]{2})?$/i)

const userSchema = z.object({
  name: z.string().transform((name) => name.trim().slice(0, Limits.personNameLength)),
  color: hexColour.catch("#5e7583"),
  // Other editors put their own things under these two names; the person is to be seen all the same.
  peer: z.number().int().min(1).max(peerColours.length).optional().catch(undefined),
  id: z.string().min(1).max(64).optional().catch(undefined),
})

/** Makes the user part of an awareness state. `peer` is 1 to 12; anything else becomes 1. */
export function presenceUser(person: { name: string; peer: number; id: string }): PresenceUser {
  const peer = peerColours[person.peer - 1] === undefined ? 1 : person.peer
  const hex = peerColours[peer - 1]?.hex ?? peerColours[0].hex
  return { name: person.name, color: hex, colorLight: `${hex}33`, peer, id: person.id }
}

/** Reads somebody's awareness state, which may come from any client. Null: not a person that can be shown. */
export function parsePresence(state: unknown, clientId: number): PresenceUser | null {
  const parsed = z.object({ user: userSchema }).safeParse(state)
  if (!parsed.success) return null
  const { name, color, peer, id } = parsed.data.user
  return {
    name: name === "" ? "Guest" : name,
    color,
    colorLight: `${color.slice(0, 7)}33`,
    peer: peer ?? nearestPeer(color),
    id: id ?? `client-${clientId}`,
  }
}

/** The palette entry that is nearest to a foreign client's colour. */
function nearestPeer(color: string): number {
  const wanted = channels(color)
  let best = 1
  let bestDistance = Number.POSITIVE_INFINITY
  for (const [index, entry] of peerColours.entries()) {
    const distance = channels(entry.hex).reduce((sum, value, i) => sum + (value - (wanted[i] ?? 0)) ** 2, 0)
    if (distance < bestDistance) {
      best = index + 1
      bestDistance = distance
    }
  }
  return best
}

function channels(hex: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16))
}

/** The first colour that nobody here uses, in the order of the palette; when all are used, the least used. */
export function freePeer(used: readonly number[]): number {
  const counts = peerColours.map((_, index) => used.filter((peer) => peer === index + 1).length)
  return counts.indexOf(Math.min(...counts)) + 1
}
