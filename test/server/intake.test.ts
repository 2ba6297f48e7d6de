import { once } from "node:events"
import { createServer } from "node:http"
import type { Socket } from "node:net"
import fc from "fast-check"
import { expect, onTestFinished, test } from "vitest"
import WebSocket, { WebSocketServer } from "ws"
import { ClientSocket } from "../../sync-server/sync/client-socket.ts"
import { Intake } from "../../sync-server/sync/intake.ts"
import { waitFor } from "./support/wait-for.ts"

const Opcode = { Continuation: 0, Text: 1, Binary: 2, Pong: 10 } as const
const text = (letters: string) => Buffer.from(letters)
/** Every form of length, and everything that is not simply one whole frame of binary data. */
const sent = [
  frame(text("first")),
  frame(Buffer.alloc(125, "a")),
  frame(text("a text"), { opcode: Opcode.Text }),
  frame(Buffer.alloc(126, "b")),
  frame(text("the beginning, "), { isFinal: false }),
  frame(text("?"), { opcode: Opcode.Pong }),
  frame(text("the middle, "), { opcode: Opcode.Continuation, isFinal: false }),
  frame(text("the end"), { opcode: Opcode.Continuation }),
  frame(Buffer.alloc(0)),
  frame(Buffer.alloc(65_535, "c")),
  frame(Buffer.alloc(65_536, "d")),
  frame(text("last")),
]
const heard = [
  "first",
  "a".repeat(125),
  "a text (text)",
  "b".repeat(126),
  "the beginning, the middle, the end",
  "",
  "c".repeat(65_535),
  "d".repeat(65_536),
  "last",
]

/** A frame as clients send it, masked. */
function frame(
  payload: Buffer,
  { opcode = Opcode.Binary, isFinal = true }: { opcode?: number; isFinal?: boolean } = {},
): Buffer {
  const header = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10)
  header[0] = (isFinal ? 0x80 : 0) | opcode
  header[1] = 0x80 | (header.length === 2 ? payload.length : header.length === 4 ? 126 : 127)
  if (header.length === 4) header.writeUInt16BE(payload.length, 2)
  if (header.length === 10) header.writeBigUInt64BE(BigInt(payload.length), 2)
  const mask = Uint8Array.of(1, 2, 3, 4)
  return Buffer.concat([header, mask, payload.map((byte, index) => byte ^ (mask[index & 3] ?? 0))])
}

/** A server's end of a connection. What a test pushes into its stream is what it reads. */
async function connected(): Promise<{ stream: Socket; socket: ClientSocket; messages: string[] }> {
  const messages: string[] = []
  const server = createServer().listen(0, "127.0.0.1")
  const sockets = new WebSocketServer({ noServer: true, WebSocket: ClientSocket, perMessageDeflate: false })
  const ends = new Promise<{ stream: Socket; socket: ClientSocket }>((resolve) => {
    server.on("upgrade", (request, _stream, head) => {
      const stream = request.socket
      sockets.handleUpgrade(request, stream, head, (socket) => {
        Intake.open(socket, stream)
        socket.owner = {
          received: (data, isBinary) => messages.push(`${data}${isBinary === true ? "" : " (text)"}`),
          ponged: () => undefined,
          failed: () => undefined,
          closed: () => undefined,
        }
        resolve({ stream, socket })
      })
    })
  })
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("A TCP server has a port")
  const client = new WebSocket(`ws://127.0.0.1:${address.port}`)
  onTestFinished(() => {
    client.terminate()
    server.close()
  })
  await once(client, "open")
  return { ...(await ends), messages }
}

test("wherever the reads cut what a client sends, its messages come whole and in order", async () => {
  const { stream, messages } = await connected()
  const bytes = Buffer.concat(sent)
  const place = fc.oneof(fc.nat(700), fc.nat(bytes.length))
  await fc.assert(
    fc.asyncProperty(fc.array(place, { maxLength: 8 }), async (cuts) => {
      messages.length = 0
      const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
      for (const [index, end] of places.entries())
        if (end > (places[index - 1] ?? 0)) stream.push(Buffer.from(bytes.subarray(places[index - 1], end)))
      await waitFor(
        () => messages.length >= heard.length,
        () => `all messages came: ${messages.length}`,
      )
      expect(messages).toEqual(heard)
    }),
  )
})

test("byte by byte it is the same", async () => {
  const { stream, messages } = await connected()
  const small = Buffer.concat(sent.slice(0, 9))
  for (const byte of small) stream.push(Buffer.of(byte))
  await waitFor(
    () => messages.length >= 6,
    () => `all messages came: ${messages.length}`,
  )
  expect(messages).toEqual(heard.slice(0, 6))
})

test("nothing is taken from a socket that is paused, and nothing overtakes what waits in it", async () => {
  const { stream, socket, messages } = await connected()
  socket.pause()
  stream.push(frame(text("one")))
  stream.push(frame(text("two")))
  await new Promise((resolve) => setImmediate(resolve))
  expect(messages).toEqual([])
  socket.resume()
  stream.push(frame(text("three")))
  await waitFor(
    () => messages.length >= 3,
    () => `all messages came: ${messages}`,
  )
  stream.push(frame(text("four")))
  expect(messages).toEqual(["one", "two", "three", "four"])
})

test("a frame without a mask ends the connection as ever", async () => {
  const { stream, socket, messages } = await connected()
  stream.push(Buffer.from([0x82, 1, 7]))
  await waitFor(
    () => socket.readyState === socket.CLOSED || socket.readyState === socket.CLOSING,
    () => "the socket closes",
  )
  expect(messages).toEqual([])
})
