/** The shapes of the HTTP answers that our own clients read. */
import { z } from "zod"
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
  /** Who is inside now: a name and a colour's place in the palette each. */
  people: z.array(z.object({ name: z.string(), peer: z.number().int() })),
})
export type Invitation = z.infer<typeof invitation>
