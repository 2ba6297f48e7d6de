import { randomBytes } from "node:crypto"
import { connect, type Socket } from "node:net"

export const Opcode = { Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const

/** A WebSocket frame as a client sends it, or as none may. */
export function clientFrame(
  payload: Uint8Array,
  options: { opcode?: number; isFinal?: boolean; reserved?: number; isMasked?: boolean } = {},
): Buffer {
  const { opcode = Opcode.Binary, isFinal = true, reserved = 0, isMasked = true } = options
  const first = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode
  const length = lengthBytes(payload.length, isMasked)
  // A mask of zeros changes nothing, and is as good as any other.
  return Buffer.concat([Uint8Array.of(first), length, new Uint8Array(isMasked ? 4 : 0), payload])
}

function lengthBytes(length: number, isMasked: boolean): Uint8Array {
  const mask = isMasked ? 0x80 : 0
  if (length < 126) return Uint8Array.of(mask | length)
  if (length < 65_536) return Uint8Array.of(mask | 126, length >> 8, length & 0xff)
  throw new RangeError("Longer frames are not needed here")
}

const ping = clientFrame(new Uint8Array(), { opcode: Opcode.Ping })

/** A client of a few lines, for thousands of them, that sends whatever bytes it is given. */
export class RawClient {
  readonly #socket: Socket
  readonly #opened: Promise<boolean>
  #received: Buffer = Buffer.alloc(0)
  #isOpen = false
  #isClosed = false
  #settleOpened: (opened: boolean) => void = () => undefined
  #settleAnswered: ((answered: boolean) => void) | null = null
  #whenClosed: (() => void) | null = null

  constructor(url: string, headers: readonly string[] = []) {
    const { hostname, port, pathname, search } = new URL(url)
    this.#opened = new Promise((resolve) => {
      this.#settleOpened = resolve
    })
    this.#socket = connect({ port: Number(port), host: hostname, noDelay: true })
    this.#socket.on("data", (bytes) => this.#read(bytes))
    // An error is followed by the close.
    this.#socket.on("error", () => this.#socket.destroy())
    this.#socket.on("close", () => this.#end())
    this.#socket.write(handshake({ host: `${hostname}:${port}`, path: `${pathname}${search}`, headers }))
  }

  /** True with the handshake's answer; false when the connection ends before. */
  opened(): Promise<boolean> {
    return this.#opened
  }

  write(bytes: Uint8Array): void {
    if (!this.#isClosed) this.#socket.write(bytes)
  }

  /** True when the server has taken up all that was sent; false when it has ended the connection. */
  answered(): Promise<boolean> {
    if (this.#isClosed) return Promise.resolve(false)
    this.#socket.write(ping)
    return new Promise((resolve) => {
      this.#settleAnswered = resolve
    })
  }

  closed(): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    return new Promise((resolve) => {
      this.#whenClosed = resolve
    })
  }

  /** Says that nothing more comes, in the middle of whatever was sent. */
  endHalf(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes])
    if (!this.#isOpen) {
      const end = this.#received.indexOf("\r\n\r\n")
      if (end === -1) return
      this.#isOpen = this.#received.toString("latin1", 0, 12) === "HTTP/1.1 101"
      this.#settleOpened(this.#isOpen)
      this.#received = this.#received.subarray(end + 4)
    }
    if (this.#isOpen) this.#readFrames()
  }

  #readFrames(): void {
    for (;;) {
      const frame = serverFrame(this.#received)
      if (frame === null) return
      this.#received = this.#received.subarray(frame.end)
      if (frame.opcode === Opcode.Close) this.#socket.end()
      if (frame.opcode !== Opcode.Pong) continue
      this.#settleAnswered?.(true)
      this.#settleAnswered = null
    }
  }

  #end(): void {
    this.#isClosed = true
    this.#settleOpened(false)
    this.#settleAnswered?.(false)
    this.#settleAnswered = null
    this.#whenClosed?.()
  }
}

function serverFrame(bytes: Buffer): { opcode: number; end: number } | null {
  if (bytes.length < 2) return null
  const opcode = bytes.readUInt8(0) & 0x0f
  const short = bytes.readUInt8(1)
  if (short < 126) return bytes.length < 2 + short ? null : { opcode, end: 2 + short }
  const header = short === 126 ? 4 : 10
  if (bytes.length < header) return null
  const length = short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  return bytes.length < header + length ? null : { opcode, end: header + length }
}

function handshake({
  host,
  path,
  headers,
}: {
  host: string
  path: string
  headers: readonly string[]
}): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    "Sec-WebSocket-Version: 13",
    ...headers,
    "\r\n",
  ].join("\r\n")
}
