import { connect, type Socket } from "node:net"
import { MessageType } from "../../protocol/message.ts"
import { clientFrame, Opcode, RawClient } from "./raw-client.ts"
import type { SeededRandom } from "./seeded-random.ts"

const deflateOffer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"

/** What breaks the rules of WebSocket itself, after a good handshake. A server has to end the connection for each. */
const noises: Record<string, (random: SeededRandom) => Uint8Array> = {
  "reserved bits": (random) => clientFrame(random.bytes(40), { reserved: 1 + random.below(7) }),
  "deflate that is none": (random) => clientFrame(random.bytes(40), { reserved: 4 }),
  "without a mask": (random) => clientFrame(random.bytes(40), { isMasked: false }),
  "reserved opcode": (random) =>
    clientFrame(random.bytes(4), { opcode: random.oneOf([3, 4, 5, 6, 7, 11, 12, 15]) }),
  "length over the limit": (random) => Uint8Array.of(0x82, 0xff, 0, 0, 0, 0x7f, ...random.bytes(20)),
  "length without end": (random) =>
    Uint8Array.of(0x82, 0xff, ...new Uint8Array(8).fill(0xff), ...random.bytes(20)),
  "continuation of nothing": (random) => clientFrame(random.bytes(8), { opcode: Opcode.Continuation }),
  "message amid a message": (random) =>
    Buffer.concat([clientFrame(random.bytes(8), { isFinal: false }), clientFrame(random.bytes(8))]),
  "control frame too long": (random) => clientFrame(random.bytes(126), { opcode: Opcode.Ping }),
  "control frame in pieces": (random) =>
    clientFrame(random.bytes(8), { opcode: Opcode.Ping, isFinal: false }),
  "close of one byte": (random) => clientFrame(random.bytes(1), { opcode: Opcode.Close }),
  "close with no such code": () => clientFrame(Uint8Array.of(3, 237), { opcode: Opcode.Close }),
  "more messages than a frame holds": () =>
    clientFrame(new Uint8Array(60_000).fill(MessageType.QueryAwareness)),
  text: () => clientFrame(Buffer.from('{"event":"hello"}'), { opcode: Opcode.Text }),
  "text that is none": () => clientFrame(Uint8Array.of(0xc3, 0x28), { opcode: Opcode.Text }),
  "many pieces of a message that is none": (random) =>
    Buffer.concat([
      clientFrame(random.bytes(3), { isFinal: false }),
      ...Array.from({ length: 200 }, () =>
        clientFrame(random.bytes(3), { opcode: Opcode.Continuation, isFinal: false }),
      ),
      clientFrame(new Uint8Array(12).fill(0xff), { opcode: Opcode.Continuation }),
    ]),
}
const noiseNames = Object.keys(noises)

/**
 * Opens a connection and sends one of them. Sometimes permessage-deflate is offered before; sometimes the connection ends
 * amid the frame.
 * @throws Error when the server takes it
 */
export async function makeNoise(url: string, random: SeededRandom): Promise<void> {
  const name = random.oneOf(noiseNames)
  const noise = noises[name]
  if (noise === undefined) throw new RangeError(`There is no noise ${name}`)
  const client = new RawClient(url, random.below(2) === 0 ? [deflateOffer] : [])
  if (!(await client.opened())) throw new Error("The server does not let anybody in")
  const bytes = noise(random)
  const isCut = random.below(8) === 0
  client.write(isCut ? bytes.subarray(0, random.below(bytes.length)) : bytes)
  if (isCut) client.endHalf()
  else if (await client.answered()) throw new Error(`The server goes on after: ${name}`)
  await client.closed()
}

/** What breaks the rules before there is a WebSocket. A server answers with an error, or ends the connection. */
const requests: readonly ((path: string, random: SeededRandom) => string | Uint8Array)[] = [
  (_path, random) => random.bytes(1 + random.below(400)),
  () => "GET / HTTP/9.9\r\n\r\n",
  (path) => `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(100_000)}\r\n\r\n`,
  (path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n${"X-Many: x\r\n".repeat(5_000)}\r\n`,
  (path) => `GET ${path}${"x".repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  (path) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  (path) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: short\r\nSec-WebSocket-Version: 99\r\n\r\n`,
  (path) =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
]

/** Sends what is no request. Resolves when the server has ended the connection. */
export async function makeHttpNoise(url: string, random: SeededRandom): Promise<void> {
  const { pathname, search } = new URL(url)
  const socket = plainSocket(url)
  const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()))
  socket.write(random.oneOf(requests)(`${pathname}${search}`, random))
  socket.end()
  socket.resume()
  await ended
}

/** Opens a connection and lets it go at once, before or amid its request. */
export async function knockAndRun(url: string, random: SeededRandom): Promise<void> {
  const { pathname } = new URL(url)
  const socket = plainSocket(url)
  const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()))
  socket.once("connect", () => {
    if (random.below(2) === 0) socket.resetAndDestroy()
    else socket.write(`GET ${pathname} HTTP/1.1\r\nHost: x\r\nUpgr`, () => socket.destroy())
  })
  await ended
}

/** Half a request, held open. Resolves when it is sent; whoever called ends it. */
export async function holdHalfRequest(url: string): Promise<Socket> {
  const { pathname } = new URL(url)
  const socket = plainSocket(url)
  await new Promise<void>((resolve) => {
    socket.once("close", () => resolve())
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: x\r\nUpgrade: webs`, () => resolve())
  })
  return socket
}

function plainSocket(url: string): Socket {
  const { hostname, port } = new URL(url)
  const socket = connect({ port: Number(port), host: hostname })
  // An error is followed by the close.
  socket.on("error", () => socket.destroy())
  return socket
}
