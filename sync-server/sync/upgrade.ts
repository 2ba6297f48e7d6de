import type { IncomingMessage } from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { Logger } from "pino"
import { type Server, WebSocketServer } from "ws"
import { CloseCode } from "../../protocol/close-code.ts"
import { AppError } from "../../protocol/errors.ts"
import { Limits } from "../../protocol/limits.ts"
import { originAllowed } from "../access/origins.ts"
import { type Access, openAccess, type Tokens } from "../access/tokens.ts"
import type { SharedFolders } from "../folders/shared-folders.ts"
import type { Moves } from "../handover/moves.ts"
import { Acknowledgements } from "./acknowledgements.ts"
import type { ClientMeter } from "./client-meter.ts"
import { ClientSocket } from "./client-socket.ts"
import { Connection, type ConnectionContext, type Throttle } from "./connection.ts"
import type { Connections } from "./connections.ts"
import { smallestCompressed } from "./deflate.ts"
import { Intake } from "./intake.ts"
import type { DurableLevel } from "./receipts.ts"
import type { RoomHandle, RoomRegistry } from "./room-registry.ts"
import { Target } from "./target.ts"

const protocolTokenPrefix = "token."
/** What a compressed frame may grow to. Less than others may be: sixty kilobytes are easily sent, and would take 64 MB here. */
const inflatedBytes = 32 * 1024 * 1024
/** Frames that are inflated at a time, of all clients: that bounds what they take together. */
const inflatedAtOnce = 2

interface Refusal {
  code: CloseCode
  reason: string
}

/** Somebody at the door. */
interface Knock {
  request: IncomingMessage
  stream: Socket
  head: Buffer
}

const socketOptions = {
  noServer: true,
  maxPayload: Limits.frameBytes,
  clientTracking: false,
  WebSocket: ClientSocket,
  handleProtocols: (offered: Set<string>) =>
    [...offered].find((name) => name.startsWith(protocolTokenPrefix)) ?? false,
}

/**
 * The door: origin, token, room name, room, and only then the handshake, so that no early message needs a queue. A
 * refusal for good completes the handshake and closes with 44xx: a client that is refused by HTTP sees 1006 and comes
 * back for ever.
 */
export class Upgrade {
  readonly #plain = new WebSocketServer({ ...socketOptions, perMessageDeflate: false })
  /** Each frame is compressed by itself, so that one serves many sockets and no socket keeps a window of what it sent. */
  readonly #deflating = new WebSocketServer({
    ...socketOptions,
    maxPayload: inflatedBytes,
    perMessageDeflate: {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      concurrencyLimit: inflatedAtOnce,
    },
  })
  readonly #registry: RoomRegistry
  readonly #connections: Connections
  readonly #tokens: Tokens | null
  readonly #folders: Pick<SharedFolders, "admits">
  readonly #moves: Pick<Moves, "tell">
  readonly #allowedOrigins: readonly string[]
  readonly #logger: Logger
  readonly #meter: ClientMeter
  readonly #context: ConnectionContext
  #lastTarget: Target | null = null
  #closed = false

  constructor(options: {
    registry: RoomRegistry
    connections: Connections
    /** Null: nobody is asked for a token. */
    tokens: Tokens | null
    folders: Pick<SharedFolders, "admits">
    moves: Pick<Moves, "tell">
    allowedOrigins: readonly string[]
    logger: Logger
    meter: ClientMeter
    throttle: Throttle
  }) {
    const { connections, logger, meter, throttle } = options
    this.#registry = options.registry
    this.#connections = connections
    this.#tokens = options.tokens
    this.#folders = options.folders
    this.#moves = options.moves
    this.#allowedOrigins = options.allowedOrigins
    this.#logger = logger
    this.#meter = meter
    this.#context = {
      logger,
      meter,
      throttle,
      acknowledgements: new Acknowledgements(),
      onClose: (connection) => connections.remove(connection),
    }
  }

  /** From now on nobody is let in; whoever asks may come back to another process. */
  close(): void {
    this.#closed = true
  }

  async handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", this.#onEarlyError)
    const knock: Knock = { request, stream: request.socket, head }
    if (this.#closed) {
      this.#refuse(knock, draining)
      return
    }
    try {
      await this.#admit(knock)
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal.code === CloseCode.Overloaded)
        this.#logger.error({ event: "upgrade-failed", err: error }, "A client could not be let in")
      else this.#logger.info({ event: "upgrade-refused", code: refusal.code }, refusal.reason)
      this.#refuse(knock, refusal)
    }
  }

  readonly #onEarlyError = (err: Error): void => {
    this.#logger.debug({ event: "socket-error", err }, "A socket failed before its handshake")
  }

  async #admit(knock: Knock): Promise<void> {
    const { request, stream } = knock
    const { origin, host } = request.headers
    if (!originAllowed({ origin, host }, this.#allowedOrigins)) {
      throw new AppError("NOT_ALLOWED", "Pages of this origin may not connect")
    }
    const target = this.#target(request.url ?? "/")
    const access = await this.#access(request, target)
    const name = target.room
    if (!(await this.#folders.admits(access.room, name)))
      throw new AppError("NOT_ALLOWED", "This token is for another document")
    this.#assertPlace(access)
    const handle = await this.#registry.acquire(name)
    try {
      // Others may have come by the same token meanwhile.
      this.#assertPlace(access)
    } catch (error) {
      handle.release()
      throw error
    }
    if (!stream.readable || !stream.writable || this.#closed) {
      handle.release()
      this.#refuse(knock, draining)
      return
    }
    this.#enter(knock, { handle, access, durable: target.durable })
  }

  #assertPlace({ uses, tokenId }: Access): void {
    if (uses === undefined || tokenId === null) return
    if (this.#connections.countByToken(tokenId) >= uses) throw new FullError()
  }

  #enter(knock: Knock, guest: { handle: RoomHandle; access: Access; durable: DurableLevel }): void {
    const { request, stream } = knock
    const { room } = guest.handle
    const inflates = room.size >= smallestCompressed && asksForDeflate(request) && !isNear(request)
    let entered = false
    // The answer to the handshake and the first frames leave as one packet.
    stream.cork()
    this.#accept(inflates ? this.#deflating : this.#plain, knock, (socket) => {
      entered = true
      if (knock.head.length === 0) Intake.open(socket, stream)
      const connection = new Connection({ ...guest, socket, stream, inflates, context: this.#context })
      this.#connections.add(connection)
      this.#moves.tell(connection)
      this.#meter.joined()
    })
    stream.uncork()
    // `ws` answers a bad handshake itself and then never calls back.
    if (!entered) guest.handle.release()
  }

  /** A crowd comes by one link, and taking that apart took a seventh of what a newcomer costs. */
  #target(text: string): Target {
    if (this.#lastTarget?.text !== text) this.#lastTarget = new Target(text)
    return this.#lastTarget
  }

  async #access(request: IncomingMessage, target: Target): Promise<Access> {
    if (this.#tokens === null) return openAccess
    return this.#tokens.verify(target.token ?? tokenOfProtocol(request))
  }

  #refuse(knock: Knock, { code, reason }: Refusal): void {
    this.#meter.refused(code)
    this.#accept(this.#plain, knock, (socket) => {
      socket.on("error", () => socket.terminate())
      socket.close(code, reason)
    })
  }

  #accept(
    server: Server<typeof ClientSocket>,
    { request, stream, head }: Knock,
    then: (socket: ClientSocket) => void,
  ): void {
    if (!stream.readable || !stream.writable) {
      stream.destroy()
      return
    }
    server.handleUpgrade(request, stream, head, (socket) => {
      // From here on `ws` listens itself.
      stream.off("error", this.#onEarlyError)
      then(socket)
    })
  }
}

const draining: Refusal = { code: CloseCode.Draining, reason: "The server is restarting" }

/** Every place of a limited invite is taken: for now, so the client comes back. */
class FullError extends Error {}

function refusalOf(error: unknown): Refusal {
  if (error instanceof FullError) return { code: CloseCode.Overloaded, reason: "All places are taken" }
  if (!(error instanceof AppError))
    return { code: CloseCode.Overloaded, reason: "The document could not be opened" }
  switch (error.code) {
    case "TOKEN_INVALID":
    case "TOKEN_REVOKED":
      return { code: CloseCode.Unauthorized, reason: error.message }
    case "NOT_ALLOWED":
      return { code: CloseCode.Forbidden, reason: error.message }
    case "ROOM_NAME_INVALID":
      return { code: CloseCode.NoSuchRoom, reason: error.message }
    case "SERVER_UNAVAILABLE":
      return { code: CloseCode.Draining, reason: error.message }
    default:
      return { code: CloseCode.Overloaded, reason: error.message }
  }
}

function tokenOfProtocol(request: IncomingMessage): string | null {
  const offered = request.headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim()) ?? []
  return (
    offered.find((name) => name.startsWith(protocolTokenPrefix))?.slice(protocolTokenPrefix.length) ?? null
  )
}

/** Compressing for a small window, which no browser asks for, would have to be done for each socket by itself. */
function asksForDeflate(request: IncomingMessage): boolean {
  const offer = request.headers["sec-websocket-extensions"] ?? ""
  return offer.includes("permessage-deflate") && !offer.includes("server_max_window_bits")
}

/** Whether the client is on this machine, where bytes cost nothing, and no proxy speaks for it. */
function isNear({ socket, headers }: IncomingMessage): boolean {
  if (headers["x-forwarded-for"] !== undefined) return false
  const address = socket.remoteAddress ?? ""
  return address === "::1" || /^(::ffff:)?127\./.test(address)
}
