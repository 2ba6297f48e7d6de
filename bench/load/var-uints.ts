/** Reads lib0's variable-length numbers one after the other, where they lie. lib0's own decoder takes an object for each frame more. */
export class VarUints {
  readonly #buffer: Uint8Array
  position: number

  constructor(buffer: Uint8Array, position: number) {
    this.#buffer = buffer
    this.position = position
  }

  next(): number {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = this.#buffer[this.position] ?? 0
      this.position += 1
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 0x80
    }
  }
}
