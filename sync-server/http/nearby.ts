import { createHmac } from "node:crypto"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { z } from "zod"
import { knockWanted, type NearbySession } from "../../protocol/api.ts"
import { AppError } from "../../protocol/errors.ts"
import { Limits } from "../../protocol/limits.ts"
import { isFolderRoom } from "../../protocol/shared-folder.ts"
import type { Knocks } from "../access/knocks.ts"
import type { ShareRecord, Shares } from "../access/shares.ts"
import type { RoomRegistry } from "../sync/room-registry.ts"
import { peopleIn } from "./people-in.ts"

/** How long an answer to a knock is waited for in one request, in milliseconds: below what proxies cut. */
const patienceMs = 20_000

const parameters = z.object({ id: z.string().max(64) })
const knockParameters = z.object({ id: z.string().max(64), knock: z.string().max(64) })
const query = z.object({ nonce: z.string().max(64).optional() })

interface NearbyOptions {
  registry: RoomRegistry
  shares: Shares
  knocks: Knocks
}

/**
 * What people on the same network see of what is shared with them, and how they ask to come in. Without a token; each path is
 * there only for what a person has switched on.
 */
export function nearbyRoutes(app: FastifyInstance, options: NearbyOptions): void {
  const { shares, knocks } = options
  app.get("/api/v1/nearby/:id", (request, reply) =>
    answer(reply, async () => {
      const share = await find(request, shares)
      return sessionOf(share, query.parse(request.query).nonce ?? null, options)
    }),
  )
  // A page of the web can only send what a form can: this body is none, so a browser asks us first, and is not answered.
  app.post("/api/v1/nearby/:id/knocks", (request, reply) =>
    answer(reply, async () => {
      const share = await find(request, shares)
      const { name, peer } = knockWanted.parse(request.body)
      reply.code(201)
      return { knock: knocks.ask({ room: share.room, title: share.title, name, peer }) }
    }),
  )
  app.get("/api/v1/nearby/:id/knocks/:knock", (request, reply) =>
    answer(reply, async () => {
      await find(request, shares)
      const { knock } = knockParameters.parse(request.params)
      const gone = new AbortController()
      reply.raw.once("close", () => gone.abort())
      const result = await knocks.result(knock, patienceMs, gone.signal)
      if (result === null) throw notHere()
      return result
    }),
  )
  app.delete("/api/v1/nearby/:id/knocks/:knock", (request, reply) =>
    answer(reply, async () => {
      knocks.withdraw(knockParameters.parse(request.params).knock)
      return {}
    }),
  )
}

async function find(request: FastifyRequest, shares: Shares): Promise<ShareRecord> {
  const share = await shares.nearby(parameters.parse(request.params).id)
  if (share === null) throw notHere()
  return share
}

function sessionOf(
  { room, title, by }: ShareRecord,
  nonce: string | null,
  { registry }: NearbyOptions,
): NearbySession {
  return {
    title,
    by,
    kind: isFolderRoom(room) ? "folder" : "file",
    people: peopleIn(registry, room)
      .map(({ name }) => name)
      .slice(0, Limits.nearbyPeople),
    // Who knows the room was in it before, and learns by this that it is the same, before it shows its token to anybody.
    proof: nonce === null ? null : createHmac("sha256", room).update(nonce).digest("base64url"),
  }
}

async function answer(reply: FastifyReply, work: () => Promise<object>): Promise<FastifyReply> {
  reply.header("Cache-Control", "no-store")
  try {
    return await reply.send(await work())
  } catch (error) {
    if (error instanceof z.ZodError)
      return reply.code(400).send({ code: "REQUEST_INVALID", message: "The request has the wrong form" })
    if (!(error instanceof AppError)) throw error
    return reply
      .code(error.code === "KNOCK_LIMIT" ? 429 : 404)
      .send({ code: error.code, message: error.message })
  }
}

function notHere(): AppError {
  return new AppError("NOT_ALLOWED", "This is not shared with people nearby.")
}
