import { existsSync } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { FastifyInstance } from "fastify"
import type { Logger } from "pino"
import type { HostKind } from "../../protocol/api.ts"
import type { Knocks } from "../access/knocks.ts"
import type { Shares } from "../access/shares.ts"
import type { Tokens } from "../access/tokens.ts"
import type { SharedFolders } from "../folders/shared-folders.ts"
import type { RoomRegistry } from "../sync/room-registry.ts"
import type { HandoverOptions } from "./handover.ts"

/**
 * Everything over plain HTTP but the probes. It is loaded when it is first asked for: that takes longer than all the rest of
 * a start, and a desktop that shares nothing never needs it.
 */
export class Site {
  readonly #options: {
    registry: RoomRegistry
    tokens: Tokens | null
    folders: Pick<SharedFolders, "admits">
    shares: Shares | null
    handover: HandoverOptions | null
    knocks: Knocks
    hostKind: HostKind
    webFolder: string | null
    logger: Logger
  }
  readonly #logger: Logger
  #app: Promise<FastifyInstance> | null = null

  constructor(options: {
    registry: RoomRegistry
    tokens: Tokens | null
    folders: Pick<SharedFolders, "admits">
    shares: Shares | null
    handover: HandoverOptions | null
    knocks: Knocks
    hostKind: HostKind
    webFolder: string
    logger: Logger
  }) {
    this.#logger = options.logger
    const isBuilt = existsSync(options.webFolder)
    if (!isBuilt) {
      this.#logger.warn(
        { event: "no-browser-editor", folder: options.webFolder },
        "The browser editor is not built; / answers 404",
      )
    }
    this.#options = { ...options, webFolder: isBuilt ? options.webFolder : null }
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      this.#app ??= this.#load()
      const app = await this.#app
      app.routing(request, response)
    } catch (err) {
      this.#app = null
      this.#logger.error({ event: "http-failed", err }, "The pages could not be loaded")
      response.writeHead(500, { "Content-Type": "application/json; charset=utf-8" })
      response.end(JSON.stringify({ error: "The server could not answer this" }))
    }
  }

  async close(): Promise<void> {
    const app = await this.#app?.catch(() => null) // whoever asked for it was told
    await app?.close()
  }

  async #load(): Promise<FastifyInstance> {
    const { createApp } = await import("./app.ts")
    return createApp(this.#options)
  }
}
