import { inviteClaims } from "../../protocol/invite.ts"
import type { Role } from "../../protocol/role.ts"

/**
 * The role that a token claims, read without checking the signature: the server decides, this only tells the editor
 * whether to offer writing. Null: the token does not say.
 */
export function tokenRole(token: string): Role | null {
  const payload = token.split(".")[1]
  if (payload === undefined) return null
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (byte) =>
      byte.charCodeAt(0),
    )
    const claims = inviteClaims.partial().safeParse(JSON.parse(new TextDecoder().decode(bytes)))
    return claims.success ? (claims.data.role ?? null) : null
  } catch {
    return null // not a JWT of ours: the server says what it allows
  }
}
