import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import type { Logger } from "pino"
import { type WebSocket, WebSocketServer } from "ws"
import { CloseCode } from "../../protocol/close-code.ts"
import { AppError } from "../../protocol/errors.ts"
import { Limits } from "../../protocol/limits.ts"
import { mayEnter } from "../../protocol/role.ts"
import { roomNameFromPath } from "../../protocol/room-name.ts"
import { originAllowed } from "../access/origins.ts"
import { type Access, openAccess, type Tokens } from "../access/tokens.ts"
import { Connection, type DurableLevel } from "./connection.ts"
import type { Connections } from "./connections.ts"
import type { RoomHandle, RoomRegistry } from "./room-registry.ts"

const protocolTokenPrefix = "token."

interface Refusal {
  code: CloseCode
  reason: string
}

/**
 * The door: origin, token, room name, room, and only then the handshake, so that no early message needs a queue. A
 * refusal for good completes the handshake and closes with 44xx: a client that is refused by HTTP sees 1006 and comes
 * back for ever.
 */
export class Upgrade {
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: Limits.frameBytes,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: (offered) => [...offered].find((name) => name.startsWith(protocolTokenPrefix)) ?? false,
  })
  readonly #registry: RoomRegistry
  readonly #connections: Connections
  readonly #tokens: Tokens | null
  readonly #allowedOrigins: readonly string[]
  readonly #logger: Logger
  readonly #onReceived: () => void
  #closed = false

  constructor(options: {
    registry: RoomRegistry
    connections: Connections
    /** Null: nobody is asked for a token. */
    tokens: Tokens | null
    allowedOrigins: readonly string[]
    logger: Logger
    onReceived: () => void
  }) {
    this.#registry = options.registry
    this.#connections = options.connections
    this.#tokens = options.tokens
    this.#allowedOrigins = options.allowedOrigins
    this.#logger = options.logger
    this.#onReceived = options.onReceived
  }

  /** From now on nobody is let in; whoever asks may come back to another process. */
  close(): void {
    this.#closed = true
  }

  async handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", (err) =>
      this.#logger.debug({ event: "socket-error", err }, "A socket failed before its handshake"),
    )
    if (this.#closed) {
      this.#accept(request, socket, head, (webSocket) => refuse(webSocket, draining))
      return
    }
    try {
      await this.#admit(request, socket, head)
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal.code === CloseCode.Overloaded)
        this.#logger.error({ event: "upgrade-failed", err: error }, "A client could not be let in")
      else this.#logger.info({ event: "upgrade-refused", code: refusal.code }, refusal.reason)
      this.#accept(request, socket, head, (webSocket) => refuse(webSocket, refusal))
    }
  }

  async #admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { origin, host } = request.headers
    if (!originAllowed({ origin, host }, this.#allowedOrigins)) {
      throw new AppError("NOT_ALLOWED", "Pages of this origin may not connect")
    }
    const url = new URL(request.url ?? "/", "http://localhost")
    const access = await this.#access(request, url)
    const name = roomNameFromPath(url.pathname)
    if (!mayEnter(access.room, name)) throw new AppError("NOT_ALLOWED", "This token is for another document")
    if (
      access.uses !== undefined &&
      access.tokenId !== null &&
      this.#connections.countByToken(access.tokenId) >= access.uses
    ) {
      throw new FullError()
    }
    const handle = await this.#registry.acquire(name)
    if (!socket.readable || !socket.writable || this.#closed) {
      handle.release()
      this.#accept(request, socket, head, (webSocket) => refuse(webSocket, draining))
      return
    }
    this.#enter({ request, socket, head, handle, access, durable: durableLevel(url) })
  }

  #enter(options: {
    request: IncomingMessage
    socket: Duplex
    head: Buffer
    handle: RoomHandle
    access: Access
    durable: DurableLevel
  }): void {
    let entered = false
    this.#accept(options.request, options.socket, options.head, (webSocket) => {
      entered = true
      this.#connections.add(
        new Connection({
          socket: webSocket,
          handle: options.handle,
          access: options.access,
          durable: options.durable,
          logger: this.#logger,
          onClose: (connection) => this.#connections.remove(connection),
          onReceived: this.#onReceived,
          bytesRead: () => options.request.socket.bytesRead,
        }),
      )
    })
    // `ws` answers a bad handshake itself and then never calls back.
    if (!entered) options.handle.release()
  }

  async #access(request: IncomingMessage, url: URL): Promise<Access> {
    if (this.#tokens === null) return openAccess
    return this.#tokens.verify(url.searchParams.get("token") ?? tokenOfProtocol(request))
  }

  #accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    then: (webSocket: WebSocket) => void,
  ): void {
    if (!socket.readable || !socket.writable) {
      socket.destroy()
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, then)
  }
}

const draining: Refusal = { code: CloseCode.Draining, reason: "The server is restarting" }

/** Every place of a limited invite is taken: for now, so the client comes back. */
class FullError extends Error {}

function refuse(webSocket: WebSocket, refusal: Refusal): void {
  webSocket.on("error", () => webSocket.terminate())
  webSocket.close(refusal.code, refusal.reason)
}

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

function durableLevel(url: URL): DurableLevel {
  switch (url.searchParams.get("durable")) {
    case "1":
      return 1
    case "2":
      return 2
    default:
      return 0
  }
}
