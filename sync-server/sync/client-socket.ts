import { WebSocket } from "ws"

/** Who is told what comes on a socket. */
export interface SocketOwner {
  /** A message came: a Buffer and true, where it is what this protocol speaks. */
  received(data: unknown, isBinary: unknown): void
  ponged(): void
  failed(error: unknown): void
  closed(): void
}

/** A client's socket. It tells one owner what it has to tell, and so needs no listeners: a list of them takes 300 bytes. */
export class ClientSocket extends WebSocket {
  /** Set as soon as the handshake is done. */
  owner: SocketOwner | null = null

  override emit(event: string | symbol, first?: unknown, second?: unknown): boolean {
    if (this.owner === null) return super.emit(event, first, second)
    switch (event) {
      case "message":
        this.owner.received(first, second)
        return true
      case "pong":
        this.owner.ponged()
        return true
      case "error":
        this.owner.failed(first)
        return true
      case "close":
        this.owner.closed()
        return true
      default:
        return super.emit(event, first, second)
    }
  }
}
