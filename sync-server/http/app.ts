import { existsSync } from "node:fs"
import helmet from "@fastify/helmet"
import fastifyStatic from "@fastify/static"
import Fastify, { type FastifyInstance } from "fastify"
import type { Logger } from "pino"
import type { Tokens } from "../access/tokens.ts"
import type { RoomRegistry } from "../sync/room-registry.ts"
import type { Health } from "./health.ts"
import { invitationRoute } from "./invitation.ts"
import type { Metrics } from "./metrics.ts"

/** Everything over plain HTTP: probes, metrics, the guest's invitation and the browser editor. */
export async function createApp(options: {
  health: Health
  metrics: Metrics
  registry: RoomRegistry
  tokens: Tokens | null
  /** The built browser editor. */
  webFolder: string
  logger: Logger
}): Promise<FastifyInstance> {
  const app = Fastify({ logger: false })
  app.setErrorHandler((error, _request, reply) => {
    options.logger.error({ event: "http-failed", err: error }, "A request failed")
    return reply.code(500).send({ error: "The server could not answer this" })
  })
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
  app.get("/healthz", (_request, reply) => {
    const stuck = options.health.stuck()
    return stuck === null ? reply.send({ ok: true }) : reply.code(503).send({ ok: false, why: stuck })
  })
  app.get("/readyz", async (_request, reply) => {
    const notReady = await options.health.notReady()
    return reply.code(notReady.length === 0 ? 200 : 503).send({ ready: notReady.length === 0, notReady })
  })
  app.get("/metrics", async (_request, reply) => {
    return reply.type(options.metrics.contentType).send(await options.metrics.text())
  })
  invitationRoute(app, options)
  if (existsSync(options.webFolder)) {
    await app.register(fastifyStatic, {
      root: options.webFolder,
      // File names under assets/ hold a hash of their content; everything else may change with the next version.
      setHeaders: (reply, path) => {
        const isHashed = /[\\/]assets[\\/]/.test(path)
        reply.header("Cache-Control", isHashed ? "public, max-age=31536000, immutable" : "no-cache")
      },
    })
  } else {
    options.logger.warn(
      { event: "no-browser-editor", folder: options.webFolder },
      "The browser editor is not built; / answers 404",
    )
  }
  await app.ready()
  return app
}
