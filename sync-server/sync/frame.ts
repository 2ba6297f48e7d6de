import { type Message, writeMessage } from "../../protocol/message.ts"

/** RFC 6455, 5.2: a final frame of binary data. */
const finalBinary = 0x82
/** RFC 6455, 5.2: lengths up to this stand in the second byte; 126 and 127 announce two or eight bytes more. */
const longestShort = 125
const longestMedium = 0xffff

/** A message as a whole WebSocket frame: made once, written to every socket as it is. */
export function frameOf(message: Message): Buffer {
  return frameOfPayload(writeMessage(message))
}

/** The payload as one unmasked frame of binary data, as servers send them. */
export function frameOfPayload(payload: Uint8Array, firstByte = finalBinary): Buffer {
  const length = payload.length
  const headerLength = length <= longestShort ? 2 : length <= longestMedium ? 4 : 10
  const frame = Buffer.allocUnsafe(headerLength + length)
  frame[0] = firstByte
  if (headerLength === 2) {
    frame[1] = length
  } else if (headerLength === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.set(payload, headerLength)
  return frame
}

/** What a frame made here carries: a view, not a copy. */
export function payloadOf(frame: Buffer): Buffer {
  const length = frame[1] ?? 0
  return frame.subarray(length <= longestShort ? 2 : length === 126 ? 4 : 10)
}
