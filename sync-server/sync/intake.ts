import type { Socket } from "node:net"
import type { ClientSocket } from "./client-socket.ts"
import { finalBinary } from "./frame.ts"

/** RFC 6455, 5.2. */
const finalBit = 0x80
const opcodeBits = 0x0f
const firstControlOpcode = 0x8
const maskBit = 0x80
const lengthBits = 0x7f
const maskBytes = 4

/**
 * The reading half of a connection. Nearly all that a client sends are whole frames of binary data, and those are taken from the net
 * socket as they come. The rest is left to `ws`, which knows every kind of frame and reads each in many steps: what is cut
 * off by the end of a read, fragments, control frames, and all that is wrong.
 *
 * It stands where the socket is given what was read, before that is queued; so it takes nothing while something is queued,
 * or while nobody reads.
 */
export class Intake {
  readonly #socket: ClientSocket
  readonly #stream: Socket
  readonly #pass: (chunk: unknown) => boolean
  /** The beginning of a header that was cut off. */
  #rest: Buffer | null = null
  /** Bytes to come of a frame that `ws` has the beginning of. */
  #passing = 0
  /** `ws` has the beginning of a message. */
  #isFragmented = false

  /** Called in the turn of the handshake, where nothing came with that. Compressed frames take `ws` time, and nothing may overtake them. */
  static open(socket: ClientSocket, stream: Socket): void {
    if (socket.extensions === "") new Intake(socket, stream)
  }

  private constructor(socket: ClientSocket, stream: Socket) {
    this.#socket = socket
    this.#stream = stream
    this.#pass = stream.push.bind(stream)
    stream.push = this.#push
  }

  readonly #push = (chunk: unknown): boolean => {
    if (!Buffer.isBuffer(chunk)) return this.#pass(chunk)
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = null
    return this.#take(bytes)
  }

  /** Answers whether more may be read. */
  #take(bytes: Buffer): boolean {
    let start = Math.min(this.#passing, bytes.length)
    let mayRead = start === 0 || this.#pass(bytes.subarray(0, start))
    this.#passing -= start
    while (start < bytes.length) {
      const body = bodyOf(bytes, start)
      if (body === 0) {
        this.#rest = bytes.subarray(start)
        break
      }
      const end = body + payloadLength(bytes, start)
      if (end <= bytes.length && this.#mayTake(bytes, start)) {
        unmask(bytes, body, end)
        this.#socket.owner?.received(bytes.subarray(body, end), true)
      } else {
        this.#note(bytes[start] ?? 0)
        mayRead = this.#pass(bytes.subarray(start, end))
        this.#passing = Math.max(0, end - bytes.length)
      }
      start = end
    }
    return mayRead
  }

  #mayTake(bytes: Buffer, start: number): boolean {
    return (
      bytes[start] === finalBinary &&
      isMasked(bytes, start) &&
      !this.#isFragmented &&
      this.#stream.readableFlowing === true &&
      this.#stream.readableLength === 0
    )
  }

  #note(firstByte: number): void {
    if ((firstByte & opcodeBits) < firstControlOpcode) this.#isFragmented = (firstByte & finalBit) === 0
  }
}

function isMasked(bytes: Buffer, start: number): boolean {
  return ((bytes[start + 1] ?? 0) & maskBit) !== 0
}

/** Where the payload begins; 0: the header is cut off. */
function bodyOf(bytes: Buffer, start: number): number {
  const second = bytes[start + 1]
  if (second === undefined) return 0
  const short = second & lengthBits
  const lengthBytes = short < 126 ? 0 : short === 126 ? 2 : 8
  const body = start + 2 + lengthBytes + (isMasked(bytes, start) ? maskBytes : 0)
  return body <= bytes.length ? body : 0
}

function payloadLength(bytes: Buffer, start: number): number {
  const short = (bytes[start + 1] ?? 0) & lengthBits
  if (short < 126) return short
  return short === 126 ? bytes.readUInt16BE(start + 2) : Number(bytes.readBigUInt64BE(start + 2))
}

/** The mask is right before the payload. */
function unmask(bytes: Buffer, body: number, end: number): void {
  const mask = body - maskBytes
  for (let index = body; index < end; index += 1) {
    bytes[index] = (bytes[index] ?? 0) ^ (bytes[mask + ((index - body) & 3)] ?? 0)
  }
}
