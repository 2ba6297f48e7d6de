import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { connect } from "node:net"
import WebSocket from "ws"
import * as Y from "yjs"
import { writeAwarenessEntries, writeMessage } from "../../protocol/message.ts"
import type { SeededRandom } from "./seeded-random.ts"

const longestRandomFrame = 200

/** Makes frames that no honest client sends: noise, whole messages cut off or with bytes changed, numbers without end. */
export class FrameForge {
  readonly #random: SeededRandom
  readonly #honest: Uint8Array[]

  constructor(random: SeededRandom) {
    this.#random = random
    const doc = new Y.Doc()
    doc.getText("attack").insert(0, "a text of the attacker's own, so that a lucky forgery harms nobody")
    const update = Y.encodeStateAsUpdate(doc)
    const entry = { clientId: doc.clientID, clock: 1, state: { user: { name: "Mallory" } } }
    this.#honest = [
      writeMessage({ type: "sync-step-1", stateVector: Y.encodeStateVector(doc) }),
      writeMessage({ type: "sync-step-2", update }),
      writeMessage({ type: "update", update }),
      writeMessage({ type: "awareness", update: writeAwarenessEntries([entry]) }),
      writeMessage({ type: "query-awareness" }),
    ]
    doc.destroy()
  }

  frame(): Uint8Array {
    switch (this.#random.below(4)) {
      case 0:
        return this.#random.bytes(this.#random.below(longestRandomFrame))
      case 1:
        return this.#cut(this.#honestOne())
      case 2:
        return this.#bent(this.#honestOne())
      default:
        return Uint8Array.of(this.#random.below(5), this.#random.below(3), ...new Uint8Array(12).fill(0xff))
    }
  }

  #honestOne(): Uint8Array {
    return this.#honest[this.#random.below(this.#honest.length)] ?? new Uint8Array()
  }

  #cut(frame: Uint8Array): Uint8Array {
    return frame.subarray(0, this.#random.below(frame.length))
  }

  #bent(frame: Uint8Array): Uint8Array {
    const bent = Uint8Array.from(frame)
    for (let count = 1 + this.#random.below(3); count > 0; count -= 1) {
      bent[this.#random.below(bent.length)] = this.#random.below(256)
    }
    return bent
  }
}

/**
 * Sends `count` frames and sees to it that the server has taken up each: after each it asks a step 1 and waits for
 * the answer, or for the end of the connection; then it comes back. Answers how often it was thrown out.
 */
export async function attack(url: string, forge: FrameForge, count: number): Promise<number> {
  let thrownOut = 0
  const stepOne = writeMessage({ type: "sync-step-1", stateVector: Uint8Array.of(0) })
  let socket: WebSocket | null = null
  for (let sent = 0; sent < count; sent += 1) {
    socket ??= await open(url)
    const answered = whenAnswered(socket)
    socket.send(forge.frame())
    socket.send(stepOne)
    if (await answered) continue
    thrownOut += 1
    socket = null
  }
  socket?.terminate()
  return thrownOut
}

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  await once(socket, "open")
  // An error is followed by the close that is waited for.
  socket.on("error", () => socket.terminate())
  return socket
}

/** True with the next step 2, false when the connection ends first. */
function whenAnswered(socket: WebSocket): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (answered: boolean): void => {
      socket.off("message", read).off("close", end)
      resolve(answered)
    }
    const read = (data: WebSocket.RawData): void => {
      if (Buffer.isBuffer(data) && data[0] === 0 && data[1] === 1) settle(true)
    }
    const end = (): void => settle(false)
    socket.on("message", read).on("close", end)
  })
}

/** Bytes after the handshake that are no WebSocket frames. Resolves when the server has cut the connection. */
export async function sendNoise(url: string, random: SeededRandom): Promise<void> {
  const { hostname, port, pathname, search } = new URL(url)
  const socket = connect(Number(port), hostname)
  const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()))
  socket.on("error", () => socket.destroy())
  socket.write(
    `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  )
  await once(socket, "data")
  // All three reserved bits are set, which no extension here allows; what follows does not matter.
  socket.write(Uint8Array.of(0xff, ...random.bytes(40)))
  socket.resume()
  await ended
}
