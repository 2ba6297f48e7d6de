import { setTimeout as delay } from "node:timers/promises"
import { Dialect, type DialectName } from "./dialect.ts"
import { clientFrame, type FrameListener, RawSocket } from "./raw-socket.ts"
import { inTurn } from "./rooms.ts"

/** So many clients come at a time: it is the reading and writing that is measured, not the kernel's queue of handshakes. */
const comeAtOnce = 50

export interface Target {
  url: string
  dialect: DialectName
  room: string
}

/** What a joining client is given, and the connection on which it was. */
export interface Joined {
  socket: RawSocket
  /** The frame that carries the document; a copy. */
  document: Buffer
}

/**
 * Joins with nothing in hand; resolves when the document is there. `onFrame` gets every frame from then on, and
 * `onEnd` is told why when the server closes after that; `onEarlier` gets the document's frame and what came before it.
 * @throws Error when the server closes first.
 */
export async function join(
  target: Target,
  onFrame: FrameListener = () => {},
  onEnd: (reason: string) => void = () => {},
  onEarlier: FrameListener = () => {},
): Promise<Joined> {
  const dialect = new Dialect(target.dialect, target.room)
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  let isThere = false
  const socket = await RawSocket.open(
    target.url,
    (buffer, start, end) => {
      if (isThere) {
        onFrame(buffer, start, end)
        return
      }
      onEarlier(buffer, start, end)
      if (dialect.kind(buffer, start) !== "document") return
      isThere = true
      resolve(Buffer.from(buffer.subarray(start, end)))
    },
    (reason) => {
      if (isThere) onEnd(reason)
      else reject(new Error(reason))
    },
  )
  for (const message of dialect.hello()) socket.send(clientFrame(message))
  return { socket, document: await promise }
}

/**
 * Puts an update into a room that has nothing yet and waits until a joining client is given it. The returned socket
 * stays in the room, so that no server unloads it.
 */
export async function seedRoom(target: Target, update: Uint8Array): Promise<Joined> {
  const dialect = new Dialect(target.dialect, target.room)
  const socket = await RawSocket.open(
    target.url,
    () => {},
    () => {},
  )
  for (const message of dialect.hello()) socket.send(clientFrame(message))
  socket.send(clientFrame(dialect.update(update)))
  for (;;) {
    const joined = await join(target)
    joined.socket.destroy()
    if (joined.document.length >= update.length / 2) return { socket, document: joined.document }
    await delay(50)
  }
}

/** Many clients in one room, which `onFrame` knows by their numbers. @throws Error, uncaught, when one of them is closed. */
export async function joinAll(
  target: Target,
  count: number,
  onFrame: (client: number, buffer: Buffer, start: number, end: number) => void,
): Promise<RawSocket[]> {
  const sockets: RawSocket[] = []
  await inTurn(count, comeAtOnce, async (client) => {
    const joined = await join(target, (buffer, start, end) => onFrame(client, buffer, start, end), closed)
    sockets[client] = joined.socket
  })
  return sockets
}

/** What a server may not do while it is measured. */
export function closed(reason: string): never {
  throw new Error(`The server closed a client: ${reason}`)
}
