import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { z } from "zod"
import { inviteWanted } from "../../protocol/api.ts"
import { AppError } from "../../protocol/errors.ts"
import { Limits } from "../../protocol/limits.ts"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import type { Tokens } from "../access/tokens.ts"
import type { FolderRecords } from "../folders/folder-records.ts"
import { type Move, type Moves, move } from "../handover/moves.ts"
import { decodeParcel, type RoomParcel } from "../handover/room-parcel.ts"

const parameters = z.object({ room: z.string() })
const tokenParameters = z.object({ id: z.string().min(1).max(64) })
const folder = z.object({ title: z.string().max(Limits.titleLength), adopted: z.array(z.string()) })
const bearer = /^Bearer (.+)$/i

export interface HandoverOptions {
  tokens: Tokens
  folders: Pick<FolderRecords, "write">
  moves: Moves
  /** Keeps what another server had of a room. False: there is something of it here already. */
  take(room: RoomName, parcel: RoomParcel): Promise<boolean>
  /** Ends an invite for good. */
  revoke(tokenId: string): Promise<void>
}

/**
 * What an owner's server asks of the one at which a document is to go on: to keep what it has of it, to give out invites, and to tell
 * those who come that it went on elsewhere. All of it needs an owner's token for every room.
 */
export function handoverRoutes(app: FastifyInstance, options: HandoverOptions): void {
  app.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  )
  const asOwner = (request: FastifyRequest, reply: FastifyReply, work: () => Promise<object>) =>
    answer(reply, async () => {
      await assertOwner(request, options.tokens)
      return work()
    })
  app.put("/api/v1/rooms/:room/store", { bodyLimit: Limits.parcelBytes }, (request, reply) =>
    asOwner(request, reply, async () => {
      const room = roomOf(request)
      const isNew = await options.take(room, decodeParcel(bytesOf(request.body)))
      reply.code(isNew ? 201 : 200)
      return { isNew }
    }),
  )
  app.put("/api/v1/rooms/:room/moved", (request, reply) =>
    asOwner(request, reply, async () => {
      const to: Move = move.parse(request.body)
      await options.moves.set(roomOf(request), to)
      return {}
    }),
  )
  app.delete("/api/v1/rooms/:room/moved", (request, reply) =>
    asOwner(request, reply, async () => {
      await options.moves.set(roomOf(request), null)
      return {}
    }),
  )
  app.put("/api/v1/folders/:room", { bodyLimit: Limits.parcelBytes }, (request, reply) =>
    asOwner(request, reply, async () => {
      await options.folders.write(roomOf(request), { path: null, ...folder.parse(request.body) })
      return {}
    }),
  )
  app.post("/api/v1/invites", (request, reply) =>
    asOwner(request, reply, async () => {
      const { expiresIn, room, role, title, by } = inviteWanted.parse(request.body)
      reply.code(201)
      return { token: (await options.tokens.sign({ room, role, title, by }, expiresIn)).token }
    }),
  )
  app.delete("/api/v1/invites/:id", (request, reply) =>
    asOwner(request, reply, async () => {
      await options.revoke(tokenParameters.parse(request.params).id)
      return {}
    }),
  )
}

/** @throws AppError TOKEN_INVALID, TOKEN_REVOKED, NOT_ALLOWED */
async function assertOwner(request: FastifyRequest, tokens: Tokens): Promise<void> {
  const { authorization = "" } = request.headers
  const { role, room } = await tokens.verify(bearer.exec(authorization)?.[1] ?? null)
  if (role !== "owner" || room !== undefined)
    throw new AppError("NOT_ALLOWED", "This needs the link of an owner of this server.")
}

function roomOf(request: FastifyRequest): RoomName {
  return parseRoomName(parameters.parse(request.params).room)
}

/** @throws AppError REQUEST_INVALID */
function bytesOf(body: unknown): Uint8Array {
  if (Buffer.isBuffer(body)) return new Uint8Array(body.buffer, body.byteOffset, body.length)
  throw new AppError("REQUEST_INVALID", "The body has to be application/octet-stream")
}

async function answer(reply: FastifyReply, work: () => Promise<object>): Promise<FastifyReply> {
  reply.header("Cache-Control", "no-store")
  try {
    return await reply.send(await work())
  } catch (error) {
    if (error instanceof z.ZodError)
      return reply.code(400).send({ code: "REQUEST_INVALID", message: "The request has the wrong form" })
    const status = error instanceof AppError ? statusOf(error) : null
    if (status === null || !(error instanceof AppError)) throw error
    return reply.code(status).send({ code: error.code, message: error.message })
  }
}

function statusOf({ code }: AppError): number | null {
  switch (code) {
    case "TOKEN_INVALID":
    case "TOKEN_REVOKED":
      return 401
    case "NOT_ALLOWED":
      return 403
    case "ROOM_NAME_INVALID":
    case "REQUEST_INVALID":
    case "PARCEL_DAMAGED":
      return 400
    case "STORE_FULL":
      return 507
    case "SERVER_UNAVAILABLE":
      return 503
    default:
      return null
  }
}
