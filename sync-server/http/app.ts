import helmet from "@fastify/helmet"
import fastifyStatic from "@fastify/static"
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify"
import type { Logger } from "pino"
import type { HostKind } from "../../protocol/api.ts"
import type { Knocks } from "../access/knocks.ts"
import type { Shares } from "../access/shares.ts"
import type { Tokens } from "../access/tokens.ts"
import type { SharedFolders } from "../folders/shared-folders.ts"
import type { RoomRegistry } from "../sync/room-registry.ts"
import { type HandoverOptions, handoverRoutes } from "./handover.ts"
import { invitationRoute } from "./invitation.ts"
import { nearbyRoutes } from "./nearby.ts"

/** Everything over plain HTTP but the probes: the guest's invitation and the browser editor. */
export async function createApp(options: {
  registry: RoomRegistry
  tokens: Tokens | null
  folders: Pick<SharedFolders, "admits">
  shares: Shares | null
  handover: HandoverOptions | null
  knocks: Knocks
  hostKind: HostKind
  /** The built browser editor; null where it is not built. */
  webFolder: string | null
  logger: Logger
}): Promise<FastifyInstance> {
  const fail = (error: FastifyError, reply: FastifyReply) => sendError(error, reply, options.logger)
  const app = Fastify({
    logger: false,
    frameworkErrors: (error, _request, reply) => fail(error, reply),
  })
  app.setErrorHandler<FastifyError>((error, _request, reply) => fail(error, reply))
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // CodeMirror adds its rules as style elements.
        styleSrc: ["'self'", "'unsafe-inline'"],
        fontSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        // Safari does not count WebSockets of the same host as 'self'.
        connectSrc: ["'self'", "ws:", "wss:"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // The same server answers on http:// in a local network; whoever ends TLS in front of it adds HSTS there.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
    // Without TLS browsers ignore both and complain about it on every page.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    referrerPolicy: { policy: "no-referrer" },
  })
  invitationRoute(app, options)
  const { registry, shares, knocks } = options
  if (options.handover !== null) handoverRoutes(app, options.handover)
  if (shares !== null) nearbyRoutes(app, { registry, shares, knocks })
  if (options.webFolder !== null) {
    await app.register(fastifyStatic, {
      root: options.webFolder,
      // File names under assets/ hold a hash of their content; everything else may change with the next version.
      setHeaders: (reply, path) => {
        const isHashed = /[\\/]assets[\\/]/.test(path)
        reply.header("Cache-Control", isHashed ? "public, max-age=31536000, immutable" : "no-cache")
      },
    })
  }
  await app.ready()
  return app
}

/** What the framework says of the request itself (malformed, too long, …) keeps its status; all else is our failure. */
function sendError(error: FastifyError, reply: FastifyReply, logger: Logger): FastifyReply {
  const status = error.statusCode ?? 500
  if (status >= 400 && status < 500) return reply.code(status).send({ error: error.message })
  logger.error({ event: "http-failed", err: error }, "A request failed")
  return reply.code(500).send({ error: "The server could not answer this" })
}
