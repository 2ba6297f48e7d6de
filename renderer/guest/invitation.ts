import { type Invitation, invitation } from "../../protocol/api.ts"

export type InvitationAnswer =
  | { kind: "invited"; invitation: Invitation }
  /** The token has ended, or there is none and the host wants one. */
  | { kind: "ended" }
  /** The token is for another document. */
  | { kind: "elsewhere" }
  /** The link is not one that the host understands. */
  | { kind: "broken" }
  /** No answer, or one that makes no sense. */
  | { kind: "silent" }

/** How long the host has to answer, in milliseconds. */
const patience = 10_000

/** Asks the host what the link is for. Never throws. */
export async function askInvitation(
  origin: string,
  room: string,
  token: string | null,
): Promise<InvitationAnswer> {
  try {
    const response = await fetch(`${origin}/api/v1/invitation?room=${encodeURIComponent(room)}`, {
      headers: token === null ? {} : { Authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(patience),
    })
    return await answerOf(response)
  } catch {
    return { kind: "silent" } // no network, no host, or no JSON: for the guest it is all the same
  }
}

async function answerOf(response: Response): Promise<InvitationAnswer> {
  switch (response.status) {
    case 200: {
      const body = invitation.safeParse(await response.json())
      return body.success ? { kind: "invited", invitation: body.data } : { kind: "silent" }
    }
    case 400:
      return { kind: "broken" }
    case 401:
      return { kind: "ended" }
    case 403:
      return { kind: "elsewhere" }
    default:
      return { kind: "silent" }
  }
}
