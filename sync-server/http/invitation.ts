import type { FastifyInstance } from "fastify"
import { z } from "zod"
import type { HostKind, Invitation } from "../../protocol/api.ts"
import { AppError } from "../../protocol/errors.ts"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import { type Access, openAccess, type Tokens } from "../access/tokens.ts"
import type { SharedFolders } from "../folders/shared-folders.ts"
import type { RoomRegistry } from "../sync/room-registry.ts"
import { peopleIn } from "./people-in.ts"

const query = z.object({ room: z.string() })
const bearer = /^Bearer (.+)$/i

/** `GET /api/v1/invitation`: what a guest is told before coming in. It never holds a word of the document. */
export function invitationRoute(
  app: FastifyInstance,
  options: {
    registry: RoomRegistry
    tokens: Tokens | null
    folders: Pick<SharedFolders, "admits">
    hostKind: HostKind
  },
): void {
  app.get("/api/v1/invitation", async (request, reply) => {
    reply.header("Cache-Control", "no-store")
    try {
      const room = parseRoomName(query.parse(request.query).room)
      const access = await verify(options.tokens, request.headers.authorization)
      if (!(await options.folders.admits(access.room, room)))
        throw new AppError("NOT_ALLOWED", "This token is for another document")
      return reply.send(invitationOf(room, access, options))
    } catch (error) {
      const status = statusOf(error)
      if (status === null) throw error
      const code = error instanceof AppError ? error.code : "REQUEST_INVALID"
      return reply.code(status).send({ code, message: error instanceof Error ? error.message : "" })
    }
  })
}

function verify(tokens: Tokens | null, header: string | undefined): Promise<Access> | Access {
  if (tokens === null) return openAccess
  return tokens.verify(header === undefined ? null : (bearer.exec(header)?.[1] ?? null))
}

function invitationOf(
  name: RoomName,
  access: Access,
  { registry, hostKind }: { registry: RoomRegistry; hostKind: HostKind },
): Invitation {
  return {
    room: name,
    role: access.role,
    title: access.claims?.title ?? titleOf(name),
    by: access.claims?.by ?? "",
    hostKind,
    people: peopleIn(registry, name),
  }
}

/** A room that was made with a plain invite is called by its own name. */
function titleOf(name: RoomName): string {
  return name.split("/").at(-1) ?? name
}

function statusOf(error: unknown): number | null {
  if (error instanceof z.ZodError) return 400
  if (!(error instanceof AppError)) return null
  switch (error.code) {
    case "TOKEN_INVALID":
    case "TOKEN_REVOKED":
      return 401
    case "NOT_ALLOWED":
      return 403
    case "ROOM_NAME_INVALID":
      return 400
    default:
      return null
  }
}
