import { type RawData, WebSocket } from "ws"

/** Who is told what comes on a socket. */
export interface SocketOwner {
  received(data: RawData, isBinary: boolean): void
  ponged(): void
  failed(error: Error): void
  closed(): void
}

/** A client's socket. Its listeners are the same functions for all sockets, so that one more costs no closures. */
export class ClientSocket extends WebSocket {
  /** Set by `belongTo`. */
  owner: SocketOwner | null = null

  /** From now on the owner is told. */
  belongTo(owner: SocketOwner): void {
    this.owner = owner
    this.on("message", onMessage)
    this.on("pong", onPong)
    this.on("error", onError)
    this.on("close", onClose)
  }
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  if (this instanceof ClientSocket) this.owner?.received(data, isBinary)
}

function onPong(this: WebSocket): void {
  if (this instanceof ClientSocket) this.owner?.ponged()
}

function onError(this: WebSocket, error: Error): void {
  if (this instanceof ClientSocket) this.owner?.failed(error)
}

function onClose(this: WebSocket): void {
  if (this instanceof ClientSocket) this.owner?.closed()
}
