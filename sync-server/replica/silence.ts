import type { Socket } from "node:net"
import { WebSocket } from "ws"

/**
 * Pings the peer, and cuts the socket when not a byte came from it for `silentMs`. Bytes count as life, not messages: a
 * large document takes longer than the silence that means death. Ends with the socket.
 */
export function cutOnSilence(
  socket: WebSocket,
  connection: Socket,
  { pingMs, silentMs }: { pingMs: number; silentMs: number },
): void {
  let bytes = connection.bytesRead
  let heard = performance.now()
  const ticks = setInterval(() => {
    if (connection.bytesRead !== bytes) {
      bytes = connection.bytesRead
      heard = performance.now()
    } else if (performance.now() - heard > silentMs) {
      socket.terminate()
    }
    if (socket.readyState === WebSocket.OPEN) socket.ping()
  }, pingMs)
  socket.once("close", () => clearInterval(ticks))
}
