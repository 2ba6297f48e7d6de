import { stat } from "node:fs/promises"
import { setImmediate as nextTurn } from "node:timers/promises"
import type { Logger } from "pino"
import type { HostKind } from "../protocol/api.ts"
import type { FileStatus, Joined, Knock } from "../protocol/embedded.ts"
import { AppError, type ErrorReport } from "../protocol/errors.ts"
import type { RoomName } from "../protocol/room-name.ts"
import { isFolderRoom } from "../protocol/shared-folder.ts"
import { Knocks } from "./access/knocks.ts"
import { Shares } from "./access/shares.ts"
import { Tokens } from "./access/tokens.ts"
import type { Config } from "./config.ts"
import { Drain } from "./drain.ts"
import { FolderRecords } from "./folders/folder-records.ts"
import { SharedFolders } from "./folders/shared-folders.ts"
import { Handover } from "./handover/handover.ts"
import { Moves } from "./handover/moves.ts"
import { unpackRoom } from "./handover/room-parcel.ts"
import { EventLoopDelay } from "./http/event-loop-delay.ts"
import type { HandoverOptions } from "./http/handover.ts"
import { Liveness } from "./http/liveness.ts"
import { Metrics } from "./http/metrics.ts"
import { Probes } from "./http/probes.ts"
import { Readiness } from "./http/readiness.ts"
import { Site } from "./http/site.ts"
import { IdleCollection, type IdleTiming } from "./idle-collection.ts"
import { Listener } from "./listener.ts"
import { FileMirror } from "./mirror/file-mirror.ts"
import { MirrorFolder } from "./mirror/mirror-folder.ts"
import { Replicas } from "./replica/replicas.ts"
import { AppendQueue } from "./store/append-queue.ts"
import { Compactor } from "./store/compaction.ts"
import { LmdbStore, storeFile } from "./store/lmdb-store.ts"
import type { Store } from "./store/store.ts"
import { Connections, type ConnectionTiming } from "./sync/connections.ts"
import { RoomRegistry } from "./sync/room-registry.ts"
import { Upgrade } from "./sync/upgrade.ts"

/** Each leaves what its handshake was made of; so much of that is worth a collection when all is quiet. */
export const joinsWorthCollecting = 100

/** What the embedding process wants to know as it happens. */
export interface ServerEvents {
  fileStatus(status: FileStatus): void
  /** Something happened to a file that those who have it open should know. */
  fileNotice(room: RoomName, notice: ErrorReport): void
  storeTrouble(trouble: AppError | null): void
  /** All who ask to come in, whenever that changes. */
  knocks(waiting: readonly Knock[]): void
  /** What was joined has another host. */
  joinedMoved(joined: Joined): void
  /** Others wrote in a joined document while its host was out of reach. */
  absence(room: RoomName): void
}

/** The whole server. `start`, then `drain` once; a drain may come at any moment, and is told one answer however often it is called. */
export class SyncServer {
  readonly mirror: FileMirror
  readonly replicas: Replicas
  readonly folders: SharedFolders
  readonly knocks: Knocks
  readonly moves: Moves
  /** Null with `AUTH=none`. */
  readonly handover: Handover | null
  readonly registry: RoomRegistry
  /** Null with `AUTH=none`. */
  readonly tokens: Tokens | null
  readonly shares: Shares | null
  readonly #config: Config
  readonly #logger: Logger
  readonly #store: Store
  readonly #appends: AppendQueue
  readonly #compactor: Compactor
  readonly #connections: Connections
  readonly #liveness = new Liveness()
  readonly #eventLoop: EventLoopDelay
  readonly #readiness: Readiness
  readonly #metrics: Metrics
  readonly #probes: Probes
  readonly #site: Site
  readonly #upgrade: Upgrade
  readonly #revoked = new Set<string>()
  readonly #listeners = new Set<Listener>()
  readonly #idleCollection: IdleCollection
  readonly #drain: Drain
  #starting: Promise<number> | null = null
  #sharing: Promise<number> | null = null
  #drained: Promise<readonly string[]> | null = null

  /** @throws AppError STORE_OPEN, CONFIG_INVALID */
  constructor(options: {
    config: Config
    webFolder: string
    logger: Logger
    events?: ServerEvents
    /** What it is to those who come: a server, unless it is the computer of a person. */
    hostKind?: HostKind
    /** Instead of the one in `config.dataDir`: for tests. */
    store?: Store
    /** Instead of the usual patience with silent clients: for tests. */
    timing?: ConnectionTiming
    /** The same for the collection of memory. */
    idleTiming?: IdleTiming
  }) {
    const { config, logger, events } = options
    const folder = config.mirrorDir === null ? null : new MirrorFolder(config.mirrorDir)
    this.#config = config
    this.#logger = logger
    this.#drain = new Drain(logger)
    this.#connections = new Connections(options.timing)
    this.#store = options.store ?? new LmdbStore(config.dataDir)
    this.#appends = new AppendQueue({
      store: this.#store,
      logger,
      onTrouble: (trouble) => events?.storeTrouble(trouble),
      onCommit: (updates, milliseconds) => {
        this.#metrics.committed(updates, milliseconds)
        this.#readiness.noteDurable()
      },
    })
    this.#compactor = new Compactor({
      store: this.#store,
      logger,
      onCompacted: (compacted) => this.#metrics.compacted(compacted),
      onFailed: () => this.#metrics.compactionFailed(),
    })
    this.#readiness = new Readiness({ store: this.#store, appends: this.#appends })
    this.#metrics = new Metrics({
      clients: () => this.#connections.counts(),
      rooms: () => this.registry.counts(),
      roomLoads: () => this.registry.loads,
      roomUnloads: () => this.registry.unloads,
      awarenessEntries: () =>
        this.registry.rooms.reduce((sum, room) => sum + room.awarenessEntries().length, 0),
      appends: () => {
        const { length, bytes, failures, waitingSince } = this.#appends
        return {
          length,
          bytes,
          failures,
          oldestMs: waitingSince === null ? 0 : performance.now() - waitingSince,
        }
      },
      isCompacting: () => this.#compactor.isCompacting,
      isDraining: () => this.#drained !== null,
      storeBytes: () => fileBytes(storeFile(config.dataDir)),
    })
    this.#eventLoop = new EventLoopDelay(({ turn, delay, now }) => {
      this.#liveness.note(turn, now)
      this.#metrics.delayed(delay)
    })
    this.#probes = new Probes({
      sources: {
        stuck: () => this.#liveness.stuck(performance.now()),
        notReady: () => this.#readiness.notReady(),
        metrics: () => this.#metrics.read(),
      },
      logger,
    })
    this.registry = new RoomRegistry({
      store: this.#store,
      appends: this.#appends,
      compactor: this.#compactor,
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
      folder,
      onStatus: (status) => events?.fileStatus(status),
      onNotice: (room, notice) => events?.fileNotice(room, notice),
    })
    this.folders = new SharedFolders({
      store: this.#store,
      registry: this.registry,
      mirror: this.mirror,
      logger,
      onLeft: (room) => this.#connections.endFolderGuests(room),
    })
    this.replicas = new Replicas({
      store: this.#store,
      registry: this.registry,
      isOwn: async (room) => (await this.mirror.pathOf(room)) !== null || (await this.folders.isHosted(room)),
      isOwnToken: (token) => isGivenBy(this.tokens, token),
      logger,
      onAbsence: (room) => events?.absence(room),
      onMoved: (joined) => events?.joinedMoved(joined),
    })
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
    this.knocks = new Knocks({ onChange: (waiting) => events?.knocks(waiting) })
    this.moves = new Moves({
      records: this.#store,
      cameBy: (room) => this.#connections.cameBy(room),
    })
    this.handover =
      this.shares === null
        ? null
        : new Handover({
            store: this.#store,
            registry: this.registry,
            replicas: this.replicas,
            shares: this.shares,
            moves: this.moves,
            logger,
          })
    this.#site = new Site({
      hostKind: options.hostKind ?? "server",
      handover: this.#handoverOptions(),
      shares: this.shares,
      knocks: this.knocks,
      registry: this.registry,
      tokens: this.tokens,
      folders: this.folders,
      webFolder: options.webFolder,
      logger,
    })
    this.#upgrade = new Upgrade({
      registry: this.registry,
      connections: this.#connections,
      tokens: this.tokens,
      folders: this.folders,
      moves: this.moves,
      allowedOrigins: config.allowedOrigins,
      logger,
      meter: this.#metrics,
      throttle: this.#appends,
    })
    this.#idleCollection = new IdleCollection({
      sources: {
        activity: () => this.registry.loads + this.#metrics.activity,
        discarded: () =>
          this.registry.unloads +
          this.registry.rests +
          this.#metrics.compactions +
          Math.floor(this.#metrics.joins / joinsWorthCollecting),
      },
      onCollected: (milliseconds) => {
        this.#metrics.idleCollected(milliseconds)
        logger.debug({ event: "idle-collection", milliseconds }, "Unused memory was given back")
      },
      ...(options.idleTiming === undefined ? {} : { timing: options.idleTiming }),
    })
  }

  #handoverOptions(): HandoverOptions | null {
    const { tokens, shares, moves } = this
    if (tokens === null || shares === null) return null
    return {
      tokens,
      folders: new FolderRecords(this.#store),
      moves,
      take: async (room, parcel) => {
        let isNew = false
        await this.registry.whileUnloaded(room, async () => {
          isNew = (await this.#store.load(room)) === null
          if (isNew) await unpackRoom(this.#store, room, parcel)
        })
        return isNew
      },
      revoke: (tokenId) => shares.revoke(tokenId),
    }
  }

  /** Answers the port of the first listener. @throws AppError LISTEN_FAILED, or SERVER_UNAVAILABLE when a drain came before it */
  start(): Promise<number> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  async #start(): Promise<number> {
    await Shares.loadRevoked(this.#store, this.#revoked)
    await this.moves.load()
    const port = await this.listen(this.#config.host, this.#config.port)
    void this.replicas.resume()
    await this.handover?.resume()
    if (this.#config.mirrorDir !== null) void this.#writeMissingFiles()
    return port
  }

  async #writeMissingFiles(): Promise<void> {
    try {
      await this.mirror.writeMissing(await this.#store.list())
    } catch (err) {
      this.#logger.error(
        { event: "files-not-written", err },
        "Not every document could be written to its file",
      )
    }
  }

  /** Opens one more listener. Answers its port. @throws AppError LISTEN_FAILED, SERVER_UNAVAILABLE */
  async listen(host: string, port: number): Promise<number> {
    this.#assertServing()
    const listener = new Listener({
      onRequest: (request, response) => {
        if (!this.#probes.take(request, response)) void this.#site.answer(request, response)
      },
      onUpgrade: (request, socket, head) => void this.#upgrade.handle(request, socket, head),
    })
    this.#listeners.add(listener)
    try {
      const listening = await listener.listen(host, port)
      this.#assertServing()
      return listening
    } catch (error) {
      this.#listeners.delete(listener)
      await listener.close()
      throw error
    }
  }

  /** Opens the listener for others on the network; a second call answers the port of the first. @throws AppError LISTEN_FAILED, SERVER_UNAVAILABLE */
  share(host: string, port: number): Promise<number> {
    const opening = this.#sharing ?? this.listen(host, port)
    this.#sharing = opening
    opening.catch(() => {
      this.#sharing = null
    })
    return opening
  }

  /**
   * Not ready at once, nobody let in, inboxes flushed and on disk, clients told of it and sent away with 1012, files written,
   * store closed. Answers the names of what was not finished within `SHUTDOWN_TIMEOUT_MS`; the store is closed in any case.
   */
  drain(): Promise<readonly string[]> {
    this.#drained ??= this.#stop()
    return this.#drained
  }

  /** Becomes the host of what was joined, in the place of one that has gone. What others have of it is merged when they come. */
  async takeOver(room: RoomName): Promise<void> {
    if (isFolderRoom(room)) await this.folders.keep(room)
    await this.replicas.unfollow(room)
  }

  /** Ends a drain's waiting now. */
  hurry(): void {
    this.#drain.hurry()
  }

  async #stop(): Promise<readonly string[]> {
    const drain = this.#drain
    drain.begin(this.#config.shutdownTimeoutMs)
    this.#logger.info({ event: "draining", connections: this.#connections.size }, "Stopping")
    this.#readiness.drain()
    this.#idleCollection.close()
    this.#upgrade.close()
    await drain.early("start", () => this.#started())
    // On a disk that hangs this never ends; those who wait for it are sent away all the same.
    await drain.early("inboxes", () => this.#flushInboxes())
    await drain.step("clients", () => this.#connections.drain())
    this.#connections.close()
    await drain.step("folders", () => this.folders.close())
    await drain.step("compaction", () => this.#compactor.close())
    await drain.step("rooms", () => this.registry.close())
    await drain.step("mirror", () => this.mirror.close())
    await drain.step("appends", () => this.#appends.idle())
    await drain.close("store", () => this.#closeStore())
    this.#eventLoop.close()
    await Promise.all([...this.#listeners].map((listener) => listener.close()))
    this.knocks.close()
    this.handover?.close()
    await this.#site.close()
    this.#logger.info({ event: "stopped", unfinished: drain.unfinished }, "Stopped")
    return drain.unfinished
  }

  /** Once a start that is under way has come to its end, whichever. */
  async #started(): Promise<void> {
    await this.#starting?.catch(() => undefined) // whoever started it is told
  }

  /** What was read from clients is applied and on disk, and they are told of it. Nothing more is read. */
  async #flushInboxes(): Promise<void> {
    await this.#connections.hold()
    const rooms = this.registry.rooms
    for (const room of rooms) room.flush()
    await Promise.all(rooms.map((room) => room.whenDurable()))
    // Connections tell what is durable at the end of the turn.
    await nextTurn()
  }

  async #closeStore(): Promise<void> {
    if (this.#drain.unfinished.length > 0) await this.#appends.abandon()
    await this.#store.close()
  }

  #assertServing(): void {
    if (this.#drained !== null) throw new AppError("SERVER_UNAVAILABLE", "The server is stopping")
  }
}

async function isGivenBy(tokens: Tokens | null, token: string): Promise<boolean> {
  try {
    await tokens?.verify(token)
    return tokens !== null
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}

/** 0: it is not there. */
async function fileBytes(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0
    throw error
  }
}
