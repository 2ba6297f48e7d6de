/**
 * Invites. A link is `http(s)://HOST[:PORT]/#room=ROOM&token=TOKEN`: room and token are in the fragment, which no server,
 * proxy or referrer ever logs. `manyhands://join?link=LINK` opens the same in the desktop app. The token is a JWT,
 * signed by the server (HS256); what it says can be read by whoever holds it.
 */
import { z } from "zod"
import { AppError } from "./errors.ts"
import { Limits } from "./limits.ts"
import { roles } from "./role.ts"
import { parseRoomName, type RoomName } from "./room-name.ts"

export const deepLinkScheme = "manyhands"

/** What a token says. Times are seconds since 1970, as in every JWT. */
export const inviteClaims = z.object({
  role: z.enum(roles),
  /** Without one, the token is good for every room. */
  room: z.string().optional(),
  /** The token's own name: it can be revoked by it. */
  jti: z.string().min(1).max(64),
  /** What the document is called, and who invites: shown before the guest is in. */
  title: z.string().max(Limits.titleLength).optional(),
  by: z.string().max(Limits.personNameLength).optional(),
  /** The name of the invited person, when the invite is for one. */
  name: z.string().max(Limits.personNameLength).optional(),
  /** How many people may use it; without it, any number. */
  uses: z.number().int().positive().optional(),
  iat: z.number().int().optional(),
  exp: z.number().int().optional(),
})
export type InviteClaims = z.infer<typeof inviteClaims>

export interface Invite {
  /** `http://host:port` or `https://host`, without a slash at the end. */
  origin: string
  /** Null: the token is good for every room. */
  room: RoomName | null
  token: string
}

const tokenForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

export function formatInviteLink(invite: Invite): string {
  return `${invite.origin}/#${formatInviteFragment(invite)}`
}

/** The part of a link behind the `#`. What is null is left out. */
export function formatInviteFragment({ room, token }: { room: string | null; token: string | null }): string {
  const pairs = Object.entries({ room, token })
  return pairs
    .flatMap(([key, value]) => (value === null ? [] : [`${key}=${encodeURIComponent(value)}`]))
    .join("&")
}

export function formatDeepLink(invite: Invite): string {
  return `${deepLinkScheme}://join?link=${encodeURIComponent(formatInviteLink(invite))}`
}

/** Reads an invite link, plain or as a deep link, as a person pasted it. @throws AppError INVITE_LINK_INVALID */
export function parseInviteLink(text: string): Invite {
  const trimmed = text.trim()
  if (trimmed.length > Limits.inviteLinkLength * 2) throw invalidLink("it is too long")
  const prefix = `${deepLinkScheme}://join`
  if (trimmed.toLowerCase().startsWith(prefix)) return parseDeepLink(trimmed.slice(prefix.length))
  return parseHttpLink(trimmed)
}

function parseDeepLink(rest: string): Invite {
  const link = fragmentValue(rest.replace(/^\/?\?/, ""), "link")
  if (link === null) throw invalidLink("it names no document")
  return parseHttpLink(link)
}

// host, [IPv6] or IPv4, with an optional port; a path other than / would be somebody else's page. A host without the
// letters that no URL may have in one: a parser of URLs takes a backslash for a slash.
const httpLink = /^(https?):\/\/(\[[0-9a-f:.]+\]|[^/?#@\s:[\]<>\\^|%]+)(:\d{1,5})?\/?(?:\?[^#]*)?#(.+)$/i

function parseHttpLink(text: string): Invite {
  const match = httpLink.exec(text)
  if (match === null) throw invalidLink("it does not look like one")
  const [, scheme = "", host = "", port = "", fragment = ""] = match
  if (port !== "" && Number(port.slice(1)) > 65_535) throw invalidLink("its port does not exist")
  const token = fragmentValue(fragment, "token")
  if (token === null || !tokenForm.test(token))
    throw invalidLink("a part of it is missing; copy the whole link")
  const room = fragmentValue(fragment, "room")
  return {
    origin: `${scheme.toLowerCase()}://${host.toLowerCase()}${port}`,
    room: room === null ? null : checkedRoom(room),
    token,
  }
}

function checkedRoom(room: string): RoomName {
  try {
    return parseRoomName(room)
  } catch (cause) {
    throw new AppError("INVITE_LINK_INVALID", "This link names no document that can exist.", { cause })
  }
}

/** A value of `key=value&key=value`, decoded. Null: absent, empty, or not percent-encoding. */
export function fragmentValue(query: string, key: string): string | null {
  for (const pair of query.split("&")) {
    const [name, ...rest] = pair.split("=")
    if (name !== key || rest.length === 0) continue
    try {
      const value = decodeURIComponent(rest.join("="))
      return value === "" ? null : value
    } catch {
      return null // not percent-encoding: the same as absent
    }
  }
  return null
}

function invalidLink(reason: string): AppError {
  return new AppError("INVITE_LINK_INVALID", `This is not an invite link: ${reason}.`)
}

/** `ws://…/ROOM?token=…` for a y-websocket client that is not given them as parameters. */
export function webSocketOrigin(origin: string): string {
  return origin.replace(/^http/i, "ws")
}
