import type { z } from "zod"
import { inviteClaims } from "../../protocol/invite.ts"

/** What the address of this page says. Both parts are in the fragment, which is never sent to any server. */
export interface GuestLink {
  room: string | null
  token: string | null
}

export function readGuestLink(hash: string): GuestLink {
  const parts = new Map(
    hash
      .replace(/^#/, "")
      .split("&")
      .map((pair) => {
        const [name = "", ...rest] = pair.split("=")
        return [name, decode(rest.join("="))] as const
      }),
  )
  return { room: textOrNull(parts.get("room")), token: textOrNull(parts.get("token")) }
}

export function formatGuestLink({ room, token }: GuestLink): string {
  const parts = Object.entries({ room, token }).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return `#${parts.join("&")}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return "" // not percent-encoding: the same as absent
  }
}

function textOrNull(text: string | undefined): string | null {
  return text === undefined || text === "" ? null : text
}

const someClaims = inviteClaims.partial()

/** Reads a token without checking it, to name who gave it when the host no longer takes it. */
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
    return {} // not a token of ours: it names nobody
  }
}
