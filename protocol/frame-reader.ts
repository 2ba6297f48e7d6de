import { decodeUtf8 } from "lib0/string"
import { AppError } from "./errors.ts"

/**
 * Reads lib0's encoding from a frame and never past the frame's end. lib0's own decoder checks byte strings against the
 * underlying buffer only, and a frame from a socket is often a view of a larger, shared one: it would hand out a
 * neighbour's bytes.
 */
export class FrameReader {
  readonly #bytes: Uint8Array
  #position = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#position >= this.#bytes.length
  }

  /** @throws AppError FRAME_TRUNCATED, FRAME_NUMBER_TOO_LARGE */
  readVarUint(): number {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = this.#bytes[this.#position]
      if (byte === undefined) throw new AppError("FRAME_TRUNCATED", "The frame ends inside a number")
      this.#position += 1
      value += (byte & 0x7f) * factor
      if (value > Number.MAX_SAFE_INTEGER) {
        throw new AppError("FRAME_NUMBER_TOO_LARGE", "A number in the frame is larger than 2^53 - 1")
      }
      if (byte < 0x80) return value
      factor *= 128
      // Eight groups of seven bits hold 2^53 - 1; an endless run of zero groups is as wrong as a larger number.
      if (factor > 2 ** 56)
        throw new AppError("FRAME_NUMBER_TOO_LARGE", "A number in the frame has too many bytes")
    }
  }

  /** A view of the frame, not a copy. @throws AppError FRAME_TRUNCATED, FRAME_NUMBER_TOO_LARGE */
  readVarBytes(): Uint8Array {
    const length = this.readVarUint()
    const end = this.#position + length
    if (end > this.#bytes.length) throw new AppError("FRAME_TRUNCATED", "The frame ends inside a byte string")
    const bytes = this.#bytes.subarray(this.#position, end)
    this.#position = end
    return bytes
  }

  /** All that is left. A view of the frame, not a copy. */
  readRest(): Uint8Array {
    const bytes = this.#bytes.subarray(this.#position)
    this.#position = this.#bytes.length
    return bytes
  }

  /** @throws AppError FRAME_TRUNCATED, FRAME_NUMBER_TOO_LARGE, FRAME_TEXT_INVALID */
  readVarString(): string {
    const bytes = this.readVarBytes()
    try {
      return decodeUtf8(bytes)
    } catch (cause) {
      throw new AppError("FRAME_TEXT_INVALID", "A text in the frame is not UTF-8", { cause })
    }
  }
}
