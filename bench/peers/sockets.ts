/**
 * What a connection costs before anybody speaks WebSocket: an HTTP server that answers the upgrade and then holds the
 * socket. Whoever says something is told that there is nothing.
 */
import { createHash } from "node:crypto"
import { createServer } from "node:http"

const emptyDocument = Buffer.from([0x82, 5, 0, 1, 2, 0, 0])
/** RFC 6455 */
const acceptSalt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

const server = createServer()
server.on("upgrade", (request, socket) => {
  const key = request.headers["sec-websocket-key"] ?? ""
  const accept = createHash("sha1")
    .update(key + acceptSalt)
    .digest("base64")
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  socket.on("data", () => socket.write(emptyDocument))
  socket.on("error", () => socket.destroy())
})
server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("A TCP server has no port")
  console.log(`running at http://127.0.0.1:${address.port}`)
})
