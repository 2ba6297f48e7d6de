import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { decodeSegment, encodeSegment } from "../../sync-server/history/segment.ts"
import type { LogEntry } from "../../sync-server/store/store.ts"
import { errorOf } from "../fixtures/error-of.ts"

const authors = fc.array(fc.string({ unit: "grapheme" }), { maxLength: 3 })
const update = fc.oneof(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ minLength: 60, maxLength: 400 }))
const time = fc.oneof(fc.maxSafeNat(), fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }))

/** In the order of their sequences, with gaps where an entry was lost. */
const entries = fc
  .array(
    fc.record({ step: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 1e9 })), time, authors, update }),
  )
  .map((steps) => {
    let sequence = 0
    return steps.map(({ step, ...rest }): LogEntry => {
      sequence += step
      return { sequence, ...rest }
    })
  })

/** Somebody types, one key an update, as Yjs writes it. */
function typed(count: number): LogEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    sequence: index + 1,
    time: 1_700_000_000_000 + index * 150,
    authors: ["Ada Lovelace"],
    update: Uint8Array.of(1, 1, 1, index % 128, 132, 1, (index + 127) % 128, 1, 97 + (index % 26), 0),
  }))
}

describe("a history segment", () => {
  test("gives back every entry byte for byte, whatever is in it", () => {
    fc.assert(
      fc.property(entries, (list) => {
        expect(decodeSegment(encodeSegment(list))).toEqual(list)
      }),
    )
  })

  test("is a small part of what it holds when people type", () => {
    const list = typed(10_000)
    const bytes = list.reduce((sum, entry) => sum + entry.update.length, 0)
    expect(encodeSegment(list).length).toBeLessThan(bytes / 50)
  })

  test("takes no entries out of order: the history would tell them wrongly", () => {
    const [first, second] = typed(2)
    if (first === undefined || second === undefined) throw new Error("There are two")
    expect(() => encodeSegment([second, first])).toThrow(RangeError)
    expect(() => encodeSegment([first, first])).toThrow(RangeError)
  })
})

describe("a damaged segment is told from a whole one", () => {
  const segment = encodeSegment(typed(500))

  test.each(Array.from({ length: 64 }, (_, index) => Math.floor((index * segment.length) / 64)))(
    "when the byte at %i is another",
    (place) => {
      const damaged = segment.slice()
      damaged[place] = (damaged[place] ?? 0) ^ 0x41
      expect(errorOf(() => decodeSegment(damaged))).toMatchObject({ code: "HISTORY_DAMAGED" })
    },
  )

  test("when its end is missing", () => {
    for (let length = 0; length < segment.length; length += 7)
      expect(errorOf(() => decodeSegment(segment.subarray(0, length)))).toMatchObject({
        code: "HISTORY_DAMAGED",
      })
  })

  test("when it is anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(errorOf(() => decodeSegment(bytes))).toMatchObject({ code: "HISTORY_DAMAGED" })
      }),
    )
  })
})
