import type { z } from "zod"
import { inviteClaims } from "../../protocol/invite.ts"

const someClaims = inviteClaims.partial()

/**
 * What a token says, read without checking the signature: the server decides. It only tells the editor whether to offer
 * writing, and a guest who invites. Empty: it is no token of ours.
 */
export function tokenClaims(token: string | null): z.infer<typeof someClaims> {
  const payload = token?.split(".")[1]
  if (payload === undefined) return {}
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (byte) =>
      byte.charCodeAt(0),
    )
    const claims = someClaims.safeParse(JSON.parse(new TextDecoder().decode(bytes)))
    return claims.success ? claims.data : {}
  } catch {
    return {} // not base64, or not JSON
  }
}
