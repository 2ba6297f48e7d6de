import fc from "fast-check"
import { expect, test } from "vitest"
import { writeMessage } from "../../protocol/message.ts"
import { frameOf, frameOfPayload, payloadOf } from "../../sync-server/sync/frame.ts"
import { message } from "../fixtures/arbitraries.ts"

test("a frame carries the message as it is written anywhere else", () => {
  fc.assert(
    fc.property(message, (one) => {
      const payload = writeMessage(one)
      expect(frameOf(one)).toEqual(frameOfPayload(payload))
      expect(payloadOf(frameOf(one))).toEqual(Buffer.from(payload))
    }),
  )
})

test.each([0, 1, 121, 122, 123, 124, 127, 128, 65_528, 65_529, 65_530, 65_531, 65_536, 3_000_000])(
  "an update of %i bytes has a header of the right length",
  (length) => {
    const update = new Uint8Array(length).fill(7)
    const frame = frameOf({ type: "update", update })
    expect(frame.equals(frameOfPayload(writeMessage({ type: "update", update })))).toBe(true)
    const payload = frame.length - payloadOf(frame).length
    const rest = frame.length - payload
    expect(payload).toBe(rest <= 125 ? 2 : rest <= 65_535 ? 4 : 10)
  },
)
