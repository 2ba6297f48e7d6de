import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { AppError } from "../../protocol/errors.ts"
import { Limits } from "../../protocol/limits.ts"
import {
  type AwarenessEntry,
  type Message,
  MessageType,
  readAwarenessEntries,
  readMessages,
  writeAwarenessEntries,
  writeMessage,
} from "../../protocol/message.ts"
import { awarenessEntry, bytes, message } from "../fixtures/arbitraries.ts"
import { errorOf } from "../fixtures/error-of.ts"

/** The same bytes as a view of a larger buffer that is full of bytes which would be noticed. */
function embedded(frame: Uint8Array, sentinel: number): Uint8Array {
  const before = 13
  const buffer = new Uint8Array(before + frame.length + 400).fill(sentinel)
  buffer.set(frame, before)
  return buffer.subarray(before, before + frame.length)
}

/** What a reader makes of a frame: its value, or the code of its AppError. Any other exception fails the test. */
function outcome<T>(read: () => T): { value: T } | { code: string } {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof AppError) return { code: error.code }
    throw error
  }
}

const readers: { name: string; read: (frame: Uint8Array) => unknown }[] = [
  { name: "readMessages", read: readMessages },
  { name: "readAwarenessEntries", read: readAwarenessEntries },
]

/** Valid input for the reader of that name, to be damaged. */
const validInput: Record<string, fc.Arbitrary<Uint8Array>> = {
  readMessages: message.map(writeMessage),
  readAwarenessEntries: fc.array(awarenessEntry, { maxLength: 4 }).map(writeAwarenessEntries),
}

describe("messages", () => {
  test("every message is read as it was written", () => {
    fc.assert(
      fc.property(message, (written) => {
        expect(readMessages(writeMessage(written))).toEqual([written])
      }),
    )
  })

  test("all messages of a frame are read, in their order", () => {
    // A durable count of the short form may only stand last: what follows would be read as the host's state.
    const inside = message.filter((one) => one.type !== "durable" || one.host !== null)
    fc.assert(
      fc.property(fc.array(inside, { maxLength: 5 }), message, (first, last) => {
        const written: Message[] = [...first, last]
        expect(readMessages(Uint8Array.from(Buffer.concat(written.map(writeMessage))))).toEqual(written)
      }),
    )
  })

  test("a frame may hold as many messages as the limit, and one more is too many", () => {
    const shortest = (count: number) => new Uint8Array(count).fill(MessageType.QueryAwareness)
    expect(readMessages(shortest(Limits.frameMessages))).toHaveLength(Limits.frameMessages)
    expect(errorOf(() => readMessages(shortest(Limits.frameMessages + 1)))).toMatchObject({
      code: "FRAME_LIMIT",
    })
  })

  test("a state vector may be as long as the limit, and one byte more is too much", () => {
    const stepOne = (bytes: number) =>
      writeMessage({ type: "sync-step-1", stateVector: new Uint8Array(bytes) })
    expect(readMessages(stepOne(Limits.stateVectorBytes))).toHaveLength(1)
    expect(errorOf(() => readMessages(stepOne(Limits.stateVectorBytes + 1)))).toMatchObject({
      code: "FRAME_LIMIT",
    })
  })

  test("byte strings are views of the frame, not copies", () => {
    const frame = writeMessage({ type: "update", update: Uint8Array.of(1, 2, 3) })
    const [read] = readMessages(frame)
    expect(read?.type === "update" && read.update.buffer === frame.buffer).toBe(true)
  })

  test.each([
    { what: "an empty frame", frame: [], code: "FRAME_TRUNCATED" },
    { what: "a sync message without its kind", frame: [0], code: "FRAME_TRUNCATED" },
    {
      what: "a byte string that announces more than there is",
      frame: [0, 2, 5, 1, 2],
      code: "FRAME_TRUNCATED",
    },
    { what: "an unknown message type", frame: [6], code: "FRAME_TYPE_UNKNOWN" },
    { what: "an unknown sync type", frame: [0, 3, 0], code: "FRAME_TYPE_UNKNOWN" },
    { what: "an unknown auth type", frame: [2, 1, 0], code: "FRAME_TYPE_UNKNOWN" },
    { what: "an unknown host state", frame: [4, 1, 5, 0], code: "FRAME_TYPE_UNKNOWN" },
    { what: "a host state without its count", frame: [4, 1, 1], code: "FRAME_TRUNCATED" },
    { what: "a reason that is not UTF-8", frame: [2, 0, 1, 0xff], code: "FRAME_TEXT_INVALID" },
    { what: "a good message before a bad one", frame: [3, 9], code: "FRAME_TYPE_UNKNOWN" },
    {
      what: "a length beyond every number",
      frame: [1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
      code: "FRAME_NUMBER_TOO_LARGE",
    },
  ])("$what is $code", ({ frame, code }) => {
    expect(errorOf(() => readMessages(Uint8Array.from(frame)))).toMatchObject({ name: "AppError", code })
  })
})

describe("awareness entries", () => {
  test("every list is read as it was written", () => {
    fc.assert(
      fc.property(fc.array(awarenessEntry, { maxLength: 6 }), (entries) => {
        expect(readAwarenessEntries(writeAwarenessEntries(entries))).toEqual(entries)
      }),
    )
  })

  test.each([
    { what: "that is not JSON", json: "{", code: "FRAME_TEXT_INVALID" },
    { what: "that is a list", json: "[]", code: "FRAME_TEXT_INVALID" },
    { what: "that is a number", json: "7", code: "FRAME_TEXT_INVALID" },
    { what: "that is empty", json: "", code: "FRAME_TEXT_INVALID" },
    {
      what: "so deep that it could not be written again",
      json: `{"a":${"[".repeat(12_000)}${"]".repeat(12_000)}}`,
      code: "FRAME_LIMIT",
    },
  ])("a state $what is $code", ({ json, code }) => {
    expect(errorOf(() => readAwarenessEntries(oneEntry(json)))).toMatchObject({ name: "AppError", code })
  })

  test("a state may be as deep as the limit, and one level more is too much", () => {
    const nested = (levels: number): string => `{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`
    const deepest: AwarenessEntry[] = readAwarenessEntries(oneEntry(nested(Limits.awarenessDepth)))
    expect(readAwarenessEntries(writeAwarenessEntries(deepest))).toEqual(deepest)
    expect(errorOf(() => readAwarenessEntries(oneEntry(nested(Limits.awarenessDepth + 1))))).toMatchObject({
      code: "FRAME_LIMIT",
    })
  })

  test("a state named like a prototype's property stays data", () => {
    const [entry] = readAwarenessEntries(oneEntry('{"__proto__":{"admin":true}}'))
    expect(Object.getPrototypeOf(entry?.state)).toBe(Object.prototype)
    expect(entry?.state).not.toHaveProperty("admin")
  })
})

function oneEntry(json: string): Uint8Array {
  const text = Buffer.from(json)
  const head = [1, 7, 1]
  for (let rest = text.length; ; rest >>>= 7) {
    head.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest)
    if (rest <= 0x7f) break
  }
  return Buffer.concat([Uint8Array.from(head), text])
}

describe.each(readers)("$name, whatever it is given,", ({ name, read }) => {
  const valid = validInput[name] ?? bytes
  // A neighbour's bytes that would go on with a number, and such that would end one.
  const sentinels = [0xff, 0x00, 0x01]

  function readsOnlyTheFrame(frame: Uint8Array): void {
    const copy = outcome(() => read(Uint8Array.from(frame)))
    for (const sentinel of sentinels) expect(outcome(() => read(embedded(frame, sentinel)))).toEqual(copy)
  }

  test("throws nothing but AppError on random bytes, and reads nothing beside them", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), readsOnlyTheFrame), { numRuns: 500 })
  })

  test("throws nothing but AppError on a frame cut short, and reads nothing after it", () => {
    fc.assert(
      fc.property(valid, fc.nat(), (frame, at) => {
        readsOnlyTheFrame(frame.subarray(0, at % (frame.length + 1)))
      }),
      { numRuns: 500 },
    )
  })

  test("throws nothing but AppError on a frame with one bit turned, and reads nothing beside it", () => {
    fc.assert(
      fc.property(valid, fc.nat(), (frame, at) => {
        const damaged = Uint8Array.from(frame)
        const index = (at >>> 3) % damaged.length
        damaged[index] = (damaged[index] ?? 0) ^ (1 << (at & 7))
        readsOnlyTheFrame(damaged)
      }),
      { numRuns: 500 },
    )
  })
})
