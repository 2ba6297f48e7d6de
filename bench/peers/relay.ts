/**
 * The floor: a relay that knows nothing of documents. It frames a message once and writes it to every socket; the first
 * update that it sees it keeps as it is, and that is what it answers a step 1 with. With WINDOW_MS it writes what comes
 * within that time with one call: no server that sends everything to everybody can do less.
 */
import { createServer } from "node:http"
import type { Duplex } from "node:stream"
import { WebSocketServer } from "ws"

const sockets = new Set<Duplex>()
const server = createServer()
const webSockets = new WebSocketServer({ noServer: true })
let document = framed(Buffer.from([0, 1, 2, 0, 0]))
let isEmpty = true
const windowMs = Number(process.env["WINDOW_MS"] ?? 0)
let waiting: Buffer[] = []
let isWindowOpen = false

server.on("upgrade", (request, socket, head) => {
  webSockets.handleUpgrade(request, socket, head, (client) => {
    sockets.add(socket)
    client.on("close", () => sockets.delete(socket))
    client.on("error", () => client.terminate())
    client.on("message", (data) => {
      if (!Buffer.isBuffer(data) || data[0] !== 0) return
      if (data[1] === 0) {
        socket.write(document)
        return
      }
      if (isEmpty) document = framed(asStep2(data))
      isEmpty = false
      relay(framed(data))
    })
  })
})

function relay(frame: Buffer): void {
  if (windowMs === 0) {
    writeToAll(frame)
    return
  }
  waiting.push(frame)
  if (!isWindowOpen) flush()
}

/** The first is written at once, what follows within the window when it ends. */
function flush(): void {
  writeToAll(Buffer.concat(waiting))
  waiting = []
  isWindowOpen = true
  setTimeout(() => {
    isWindowOpen = false
    if (waiting.length > 0) flush()
  }, windowMs)
}

function writeToAll(bytes: Buffer): void {
  for (const socket of sockets) socket.write(bytes)
}

function asStep2(update: Buffer): Buffer {
  const step2 = Buffer.from(update)
  step2[1] = 1
  return step2
}

function framed(payload: Buffer): Buffer {
  const header = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10)
  header[0] = 0x82
  if (header.length === 2) header[1] = payload.length
  else if (header.length === 4) {
    header[1] = 126
    header.writeUInt16BE(payload.length, 2)
  } else {
    header[1] = 127
    header.writeBigUInt64BE(BigInt(payload.length), 2)
  }
  return Buffer.concat([header, payload])
}

server.listen(Number(process.env["PORT"]), "127.0.0.1", () => console.log("running"))
