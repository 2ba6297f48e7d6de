import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import type { FastifyInstance } from "fastify"
import type { Logger } from "pino"
import type { FileStatus } from "../protocol/embedded.ts"
import type { AppError } from "../protocol/errors.ts"
import { Shares } from "./access/shares.ts"
import { Tokens } from "./access/tokens.ts"
import type { Config } from "./config.ts"
import { createApp } from "./http/app.ts"
import { Health } from "./http/health.ts"
import { Metrics } from "./http/metrics.ts"
import { Listener } from "./listener.ts"
import { FileMirror } from "./mirror/file-mirror.ts"
import { Replicas } from "./replica/replicas.ts"
import { AppendQueue } from "./store/append-queue.ts"
import { LmdbStore } from "./store/lmdb-store.ts"
import { Connections } from "./sync/connections.ts"
import { RoomRegistry } from "./sync/room-registry.ts"
import { Upgrade } from "./sync/upgrade.ts"

/** What the embedding process wants to know as it happens. */
export interface ServerEvents {
  fileStatus(status: FileStatus): void
  storeTrouble(trouble: AppError | null): void
}

/** The whole server. `start`, then `drain` once; both are told the same answer however often they are called. */
export class SyncServer {
  readonly mirror: FileMirror
  readonly replicas: Replicas
  readonly registry: RoomRegistry
  /** Null with `AUTH=none`. */
  readonly tokens: Tokens | null
  readonly shares: Shares | null
  readonly #config: Config
  readonly #webFolder: string
  readonly #logger: Logger
  readonly #store: LmdbStore
  readonly #appends: AppendQueue
  readonly #connections = new Connections()
  readonly #health: Health
  readonly #metrics: Metrics
  readonly #upgrade: Upgrade
  readonly #revoked = new Set<string>()
  readonly #listeners: Listener[] = []
  #app: FastifyInstance | null = null
  readonly #hurry = new AbortController()
  #sharing: Promise<number> | null = null
  #drained: Promise<readonly string[]> | null = null

  /** @throws AppError STORE_OPEN */
  constructor(options: { config: Config; webFolder: string; logger: Logger; events?: ServerEvents }) {
    const { config, logger, events } = options
    this.#config = config
    this.#webFolder = options.webFolder
    this.#logger = logger
    this.#store = new LmdbStore(config.dataDir)
    this.#appends = new AppendQueue({
      store: this.#store,
      logger,
      onTrouble: (trouble) => events?.storeTrouble(trouble),
      onCommit: (updates, milliseconds) => {
        this.#metrics.committed(updates, milliseconds)
        this.#health.noteDurable()
      },
    })
    this.#health = new Health({ store: this.#store, appends: this.#appends })
    this.#metrics = new Metrics({
      connections: () => this.#connections.size,
      rooms: () => this.registry.size,
      appendQueue: () => this.#appends.length,
    })
    this.registry = new RoomRegistry({
      store: this.#store,
      appends: this.#appends,
      logger,
      meter: this.#metrics,
      attach: async (room) => {
        await this.mirror.attach(room)
        await this.replicas.attach(room)
      },
    })
    this.mirror = new FileMirror({
      store: this.#store,
      registry: this.registry,
      logger,
      onStatus: (status) => events?.fileStatus(status),
    })
    this.replicas = new Replicas({ store: this.#store, registry: this.registry, logger })
    this.tokens =
      config.secret === null ? null : new Tokens({ secret: config.secret, revoked: this.#revoked })
    this.shares =
      this.tokens === null
        ? null
        : new Shares({
            store: this.#store,
            tokens: this.tokens,
            revoked: this.#revoked,
            onEnded: (tokenId) => this.#connections.endByToken(tokenId),
          })
    this.#upgrade = new Upgrade({
      registry: this.registry,
      connections: this.#connections,
      tokens: this.tokens,
      allowedOrigins: config.allowedOrigins,
      logger,
      onReceived: () => this.#metrics.received(),
    })
  }

  /** Answers the port of the first listener. @throws AppError LISTEN_FAILED */
  async start(): Promise<number> {
    await Shares.loadRevoked(this.#store, this.#revoked)
    this.#app = await createApp({
      health: this.#health,
      metrics: this.#metrics,
      registry: this.registry,
      tokens: this.tokens,
      webFolder: this.#webFolder,
      logger: this.#logger,
    })
    const port = await this.listen(this.#config.host, this.#config.port)
    void this.replicas.resume()
    return port
  }

  /** Opens one more listener. Answers its port. @throws AppError LISTEN_FAILED */
  async listen(host: string, port: number): Promise<number> {
    const app = this.#app
    if (app === null) throw new Error("The server is not started")
    const listener = new Listener({
      onRequest: (request, response) => app.routing(request, response),
      onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        void this.#upgrade.handle(request, socket, head)
      },
    })
    const listening = await listener.listen(host, port)
    this.#listeners.push(listener)
    return listening
  }

  /** Opens the listener for others on the network; a second call answers the port of the first. @throws AppError LISTEN_FAILED */
  share(host: string, port: number): Promise<number> {
    const opening = this.#sharing ?? this.listen(host, port)
    this.#sharing = opening
    opening.catch(() => {
      this.#sharing = null
    })
    return opening
  }

  /**
   * Not ready at once, nobody let in, inboxes flushed and on disk, clients sent away with 1012, files written, store closed.
   * Answers the names of what was not finished within `SHUTDOWN_TIMEOUT_MS`; the store is closed in any case.
   */
  drain(): Promise<readonly string[]> {
    this.#drained ??= this.#drain()
    return this.#drained
  }

  /** Ends a drain's waiting now. */
  hurry(): void {
    this.#hurry.abort()
  }

  async #drain(): Promise<readonly string[]> {
    this.#logger.info({ event: "draining", connections: this.#connections.size }, "Stopping")
    this.#health.drain()
    this.#upgrade.close()
    const unfinished: string[] = []
    const deadline = AbortSignal.any([
      AbortSignal.timeout(this.#config.shutdownTimeoutMs),
      this.#hurry.signal,
    ])
    const step = async (name: string, work: () => Promise<unknown>) => {
      if (!(await finishesBefore(deadline, work()))) unfinished.push(name)
    }
    await step("inboxes", () => this.#flushInboxes())
    await step("clients", () => this.#connections.drain())
    this.#connections.close()
    await step("rooms", () => this.registry.close())
    await step("mirror", () => this.mirror.close())
    await step("appends", () => this.#appends.idle())
    if (unfinished.length > 0) await this.#appends.abandon()
    await this.#store.close()
    this.#health.close()
    await Promise.all(this.#listeners.map((listener) => listener.close()))
    await this.#app?.close()
    this.#logger.info({ event: "stopped", unfinished }, "Stopped")
    return unfinished
  }

  /** What clients sent so far is applied and on disk, so that they are told of it before they are sent away. */
  async #flushInboxes(): Promise<void> {
    const rooms = this.registry.rooms
    for (const room of rooms) room.flush()
    await Promise.all(rooms.map((room) => room.whenDurable()))
  }
}

/** False when the deadline came first. */
async function finishesBefore(deadline: AbortSignal, work: Promise<unknown>): Promise<boolean> {
  if (deadline.aborted) {
    work.catch(() => undefined) // too late to matter; what it could not do is named by its step
    return false
  }
  const finished = new AbortController()
  const late = new Promise<boolean>((resolve) => {
    deadline.addEventListener("abort", () => resolve(false), { once: true, signal: finished.signal })
  })
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    finished.abort()
  }
}
