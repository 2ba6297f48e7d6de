/**
 * A WebSocket client that costs as little as can be, so that the clients of a benchmark do not hide the server behind
 * themselves: one read buffer for all sockets, frames handed out where they lie, outgoing frames masked in advance.
 * It speaks only what a server of these benchmarks sends: whole, unmasked frames.
 */
import { randomBytes } from "node:crypto"
import { connect, type Socket } from "node:net"

const Opcode = { Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const

const sharedReadBuffer = Buffer.allocUnsafe(256 * 1024)

/** Bytes `start` to `end` of `buffer`, good only during the call. */
export type FrameListener = (buffer: Buffer, start: number, end: number) => void

/** A frame to send: masked, with its header. It can be sent by any client, once. */
export function clientFrame(payload: Uint8Array, opcode: number = Opcode.Binary): Buffer {
  const header = payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(header + 4 + payload.length)
  frame[0] = 0x80 | opcode
  if (header === 2) frame[1] = 0x80 | payload.length
  else if (header === 4) {
    frame[1] = 0x80 | 126
    frame.writeUInt16BE(payload.length, 2)
  } else {
    frame[1] = 0x80 | 127
    frame.writeBigUInt64BE(BigInt(payload.length), 2)
  }
  const mask = randomBytes(4)
  mask.copy(frame, header)
  for (let index = 0; index < payload.length; index += 1) {
    frame[header + 4 + index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0)
  }
  return frame
}

export class RawSocket {
  readonly #socket: Socket
  readonly #onFrame: FrameListener
  /** Called once, when the server closes or something is wrong with the stream; not after `destroy`. */
  readonly #onEnd: (reason: string) => void
  #state: "upgrading" | "open" | "ended" = "upgrading"
  /** The beginning of what the last read cut off: the answer to the upgrade, or a frame's header. */
  #rest: Buffer = Buffer.alloc(0)
  /** A frame that is longer than a read, while it fills. */
  #large: { frame: Buffer; filled: number } | null = null

  /** Resolves once the upgrade is answered with 101. @throws Error when it is not. */
  static async open(
    url: string,
    onFrame: FrameListener,
    onEnd: (reason: string) => void,
  ): Promise<RawSocket> {
    const { hostname, port, pathname, search } = new URL(url)
    return await new Promise((resolve, reject) => {
      const raw = new RawSocket(
        { host: hostname, port: Number(port), path: pathname + search },
        onFrame,
        (reason) => {
          reject(new Error(reason))
          onEnd(reason)
        },
        () => resolve(raw),
      )
    })
  }

  private constructor(
    to: { host: string; port: number; path: string },
    onFrame: FrameListener,
    onEnd: (reason: string) => void,
    onOpen: () => void,
  ) {
    this.#onFrame = onFrame
    this.#onEnd = onEnd
    this.#socket = connect({
      host: to.host,
      port: to.port,
      noDelay: true,
      onread: {
        buffer: sharedReadBuffer,
        callback: (length) => {
          this.#read(sharedReadBuffer, length, onOpen)
          return true
        },
      },
    })
    this.#socket.on("error", (error) => this.#end(error.message))
    this.#socket.on("close", () => this.#end("closed without a close frame"))
    this.#socket.write(
      `GET ${to.path} HTTP/1.1\r\nHost: ${to.host}:${to.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    )
  }

  /** Sends a frame made by `clientFrame`. */
  send(frame: Buffer): void {
    this.#socket.write(frame)
  }

  /** Reads nothing until `resume`: what the server sends piles up on its side once the kernel's buffers are full. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Ends the connection without a goodbye. */
  destroy(): void {
    this.#state = "ended"
    this.#socket.destroy()
  }

  #end(reason: string): void {
    if (this.#state === "ended") return
    this.destroy()
    this.#onEnd(reason)
  }

  #read(chunk: Buffer, length: number, onOpen: () => void): void {
    if (this.#state === "ended") return
    let start = 0
    if (this.#large !== null) start = this.#fill(this.#large, chunk, length)
    if (start === length) return
    const rest = this.#rest
    if (rest.length === 0 && this.#state === "open") {
      this.#frames(chunk, start, length)
      return
    }
    const whole = Buffer.concat([rest, chunk.subarray(start, length)])
    this.#rest = Buffer.alloc(0)
    if (this.#state === "open") this.#frames(whole, 0, whole.length)
    else this.#answer(whole, onOpen)
  }

  #answer(bytes: Buffer, onOpen: () => void): void {
    const end = bytes.indexOf("\r\n\r\n")
    if (end === -1) {
      this.#rest = bytes
      return
    }
    const status = bytes.toString("latin1", 0, bytes.indexOf("\r\n"))
    if (!status.startsWith("HTTP/1.1 101")) {
      this.#end(`the server answers the upgrade with ${status}`)
      return
    }
    this.#state = "open"
    onOpen()
    this.#frames(bytes, end + 4, bytes.length)
  }

  #frames(buffer: Buffer, from: number, length: number): void {
    let start = from
    while (start < length) {
      const header = headerLength(buffer, start, length)
      if (header === 0) {
        this.#rest = Buffer.from(buffer.subarray(start, length))
        return
      }
      const payload = payloadLength(buffer, start)
      const opcode = (buffer[start] ?? 0) & 0x0f
      const body = start + header
      if (body + payload > length) {
        const frame = Buffer.allocUnsafe(header + payload)
        this.#large = { frame, filled: buffer.copy(frame, 0, start, length) }
        return
      }
      this.#take(opcode, buffer, body, body + payload)
      start = body + payload
    }
  }

  /** Returns how much of the chunk belonged to the large frame. */
  #fill(large: { frame: Buffer; filled: number }, chunk: Buffer, length: number): number {
    const copied = chunk.copy(large.frame, large.filled, 0, length)
    large.filled += copied
    if (large.filled === large.frame.length) {
      this.#large = null
      this.#frames(large.frame, 0, large.frame.length)
    }
    return copied
  }

  #take(opcode: number, buffer: Buffer, start: number, end: number): void {
    switch (opcode) {
      case Opcode.Binary:
        this.#onFrame(buffer, start, end)
        break
      case Opcode.Ping:
        this.send(clientFrame(buffer.subarray(start, end), Opcode.Pong))
        break
      case Opcode.Close:
        this.#end(`closed with ${end - start >= 2 ? buffer.readUInt16BE(start) : "no code"}`)
        break
      case Opcode.Pong:
        break
      default:
        this.#end(`a frame with opcode ${opcode} is not what these clients speak`)
    }
  }
}

/** 0 when the header is cut off. */
function headerLength(buffer: Buffer, start: number, end: number): number {
  if (end - start < 2) return 0
  const short = (buffer[start + 1] ?? 0) & 0x7f
  const length = short < 126 ? 2 : short === 126 ? 4 : 10
  return end - start < length ? 0 : length
}

function payloadLength(buffer: Buffer, start: number): number {
  const short = (buffer[start + 1] ?? 0) & 0x7f
  if (short < 126) return short
  return short === 126 ? buffer.readUInt16BE(start + 2) : Number(buffer.readBigUInt64BE(start + 2))
}
