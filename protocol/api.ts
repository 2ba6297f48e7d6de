/** The shapes of the HTTP answers that our own clients read. */
import { z } from "zod"
import { Limits } from "./limits.ts"
import { peerColours } from "./presence.ts"
import { roles } from "./role.ts"

/**
 * `GET /api/v1/invitation?room=ROOM` with `Authorization: Bearer TOKEN`: what a guest is told before coming in.
 * 401 for a token that has ended, 403 for one that is for another room.
 */
export const invitation = z.object({
  room: z.string(),
  role: z.enum(roles),
  title: z.string(),
  /** Who invites; empty when the token does not say. */
  by: z.string(),
  /** Whether the host is the computer of who invites, or a server that is always there. */
  hostKind: z.enum(["computer", "server"]).default("computer"),
  /** Who is inside now: a name and a colour's place in the palette each. */
  people: z.array(z.object({ name: z.string(), peer: z.number().int() })),
})
export type Invitation = z.infer<typeof invitation>
export type HostKind = Invitation["hostKind"]

/** `GET /api/v1/nearby/ID`: what people on the same network see of a document that is shared with them. 404 for all others. */
export const nearbySession = z.object({
  title: z.string().max(Limits.titleLength),
  by: z.string().max(Limits.personNameLength),
  kind: z.enum(["file", "folder"]),
  /** The names of those who are in it now. */
  people: z.array(z.string().max(Limits.personNameLength)).max(Limits.nearbyPeople),
  /**
   * For `?nonce=NONCE`: the HMAC-SHA-256 of it with the room's name as its key, in base64url. Whoever was in the room before knows by it
   * that this is the same one, at whatever address, and that its token can be shown here.
   */
  proof: z.string().nullable(),
})
export type NearbySession = z.infer<typeof nearbySession>

/** The body of `POST /api/v1/nearby/ID/knocks`; 201 with the knock's secret, 429 when too many ask. */
export const knockWanted = z.object({
  name: z.string().trim().min(1).max(Limits.personNameLength),
  peer: z.number().int().min(1).max(peerColours.length),
})
export const knockMade = z.object({ knock: z.string().min(1).max(64) })

/** `GET /api/v1/nearby/ID/knocks/KNOCK` waits for it up to 20 s. 404: nobody waits by this name any more. */
export const knockAnswer = z.discriminatedUnion("state", [
  z.object({ state: z.literal("waiting") }),
  z.object({ state: z.literal("declined") }),
  /** What a link would say. */
  z.object({ state: z.literal("admitted"), room: z.string(), token: z.string() }),
])
export type KnockAnswer = z.infer<typeof knockAnswer>

/** The body of `POST /api/v1/invites`, which needs an owner's token; 201 with the new one. */
export const inviteWanted = z.object({
  room: z.string(),
  role: z.enum(roles),
  title: z.string().max(Limits.titleLength),
  by: z.string().max(Limits.personNameLength),
  /** Seconds from now; null never ends. */
  expiresIn: z.number().int().positive().nullable(),
})
