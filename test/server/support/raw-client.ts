import { randomBytes } from "node:crypto"
import { connect, type Socket } from "node:net"

const Opcode = { Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const

/** A WebSocket client that is little more than its socket, so that one process holds thousands. It answers pings and a close. */
export class RawClient {
  /** Resolves with the close code, 1006 where there was none. */
  readonly closed: Promise<number>
  /** Resolves when the handshake is done. Rejects when there is none. */
  readonly opened: Promise<void>
  readonly #socket: Socket
  readonly #onMessage: (payload: Buffer) => void
  readonly #answersClose: boolean
  #isOpen = false
  #rest: Buffer = Buffer.alloc(0)
  #closeCode = 1006
  #open: () => void = () => undefined

  constructor(url: string, options: { onMessage?: (payload: Buffer) => void; answersClose?: boolean } = {}) {
    this.#onMessage = options.onMessage ?? (() => undefined)
    this.#answersClose = options.answersClose ?? true
    const { hostname, port, pathname, search } = new URL(url)
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true })
    this.#socket.on("error", () => this.#socket.destroy()) // the close that follows says all
    this.#socket.on("data", (chunk: Buffer) => this.#read(chunk))
    this.closed = new Promise((resolve) => {
      this.#socket.on("close", () => resolve(this.#closeCode))
    })
    this.opened = new Promise((resolve, reject) => {
      this.#open = resolve
      void this.closed.then(() => reject(new Error("Closed before it was open")))
    })
    this.opened.catch(() => undefined) // not everybody waits for it
    this.#socket.write(
      `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    )
  }

  send(payload: Uint8Array, opcode: number = Opcode.Binary): void {
    if (payload.length >= 65_536) throw new RangeError("This client sends small frames only")
    const header = payload.length < 126 ? 2 : 4
    const frame = Buffer.alloc(header + 4 + payload.length)
    frame[0] = 0x80 | opcode
    frame[1] = 0x80 | (header === 2 ? payload.length : 126)
    if (header === 4) frame.writeUInt16BE(payload.length, 2)
    // Masked with zeros: allowed, and the payload stays what it is.
    frame.set(payload, header + 4)
    this.#socket.write(frame)
  }

  /** Reads nothing more, and so answers nothing: as a computer that fell asleep. */
  pause(): void {
    this.#socket.pause()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Ends it with a reset, as a process that is killed. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  #read(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (!this.#isOpen) {
      const end = bytes.indexOf("\r\n\r\n")
      this.#rest = bytes
      if (end === -1) return
      if (!bytes.toString("latin1", 0, 12).endsWith(" 101")) {
        this.destroy()
        return
      }
      this.#isOpen = true
      this.#open()
      bytes = bytes.subarray(end + 4)
    }
    for (let size = frameSize(bytes); size <= bytes.length; size = frameSize(bytes)) {
      this.#take((bytes[0] ?? 0) & 0x0f, bytes.subarray(headerSize(bytes), size))
      bytes = bytes.subarray(size)
    }
    this.#rest = Buffer.from(bytes)
  }

  #take(opcode: number, payload: Buffer): void {
    switch (opcode) {
      case Opcode.Binary:
        this.#onMessage(payload)
        break
      case Opcode.Ping:
        this.send(payload, Opcode.Pong)
        break
      case Opcode.Close:
        this.#closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
        if (this.#answersClose) this.send(payload.subarray(0, 2), Opcode.Close)
        break
      default:
        break
    }
  }
}

function headerSize(bytes: Buffer): number {
  const short = (bytes[1] ?? 0) & 0x7f
  return short < 126 ? 2 : short === 126 ? 4 : 10
}

/** More than there is while the header is not whole. */
function frameSize(bytes: Buffer): number {
  if (bytes.length < 2) return Number.POSITIVE_INFINITY
  const header = headerSize(bytes)
  if (bytes.length < header) return Number.POSITIVE_INFINITY
  const short = (bytes[1] ?? 0) & 0x7f
  const payload =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  return header + payload
}
