import fc from "fast-check"
import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from "lib0/encoding"
import { expect, test } from "vitest"
import { FrameReader } from "../../protocol/frame-reader.ts"
import { bytes, varUint } from "../fixtures/arbitraries.ts"
import { errorOf } from "../fixtures/error-of.ts"

test("reads what lib0 writes", () => {
  fc.assert(
    fc.property(varUint, bytes, fc.string({ unit: "grapheme" }), (number, binary, text) => {
      const encoder = createEncoder()
      writeVarUint(encoder, number)
      writeVarUint8Array(encoder, binary)
      writeVarString(encoder, text)
      const reader = new FrameReader(toUint8Array(encoder))
      expect(reader.readVarUint()).toBe(number)
      expect(reader.readVarBytes()).toEqual(binary)
      expect(reader.readVarString()).toBe(text)
      expect(reader.done).toBe(true)
    }),
  )
})

test.each([
  { what: "2^53 - 1", frame: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], number: 2 ** 53 - 1 },
  { what: "2^49", frame: [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], number: 2 ** 49 },
  { what: "a zero of two groups", frame: [0x80, 0x00], number: 0 },
  { what: "0", frame: [0], number: 0 },
])("$what is read exactly", ({ frame, number }) => {
  expect(new FrameReader(Uint8Array.from(frame)).readVarUint()).toBe(number)
})

test.each([
  { what: "2^53", frame: [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10], code: "FRAME_NUMBER_TOO_LARGE" },
  {
    what: "2^56",
    frame: [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1],
    code: "FRAME_NUMBER_TOO_LARGE",
  },
  { what: "an endless run of zero groups", frame: Array(40).fill(0x80), code: "FRAME_NUMBER_TOO_LARGE" },
  { what: "a number without its end", frame: [0x80], code: "FRAME_TRUNCATED" },
])("$what is $code", ({ frame, code }) => {
  expect(errorOf(() => new FrameReader(Uint8Array.from(frame)).readVarUint())).toMatchObject({ code })
})

test("a byte string ends where its frame ends, not where the buffer does", () => {
  const buffer = Uint8Array.of(3, 1, 2, 99, 99)
  expect(errorOf(() => new FrameReader(buffer.subarray(0, 3)).readVarBytes())).toMatchObject({
    code: "FRAME_TRUNCATED",
  })
})

test("a text keeps its byte order mark", () => {
  const encoder = createEncoder()
  writeVarString(encoder, "\uFEFFa")
  expect(new FrameReader(toUint8Array(encoder)).readVarString()).toBe("\uFEFFa")
})
