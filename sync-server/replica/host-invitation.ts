import { type Invitation, invitation } from "../../protocol/api.ts"
import type { RoomName } from "../../protocol/room-name.ts"

const answerMs = 8_000

/** What the host says to whoever comes with a link. */
export type HostAnswer =
  | { name: "invited"; invitation: Invitation }
  /** The token has ended, or never was one of this host's. */
  | { name: "ended" }
  /** The token is for another document. */
  | { name: "elsewhere" }
  /** Nobody answers there, or nobody who knows such documents. */
  | { name: "silent"; cause: unknown }

/** Asks the host of a link what it invites to. Nothing is joined by it. */
export async function askHost(options: {
  origin: string
  room: RoomName
  token: string
}): Promise<HostAnswer> {
  const { origin, room, token } = options
  try {
    const response = await fetch(`${origin}/api/v1/invitation?${new URLSearchParams({ room })}`, {
      headers: { Authorization: `Bearer ${token}`, Accept: "application/json" },
      // The token is for this host alone.
      redirect: "error",
      signal: AbortSignal.timeout(answerMs),
    })
    if (response.status === 401) return { name: "ended" }
    if (response.status === 403) return { name: "elsewhere" }
    if (!response.ok) return { name: "silent", cause: new Error(`Status ${response.status}`) }
    return { name: "invited", invitation: invitation.parse(await response.json()) }
  } catch (cause) {
    return { name: "silent", cause }
  }
}
