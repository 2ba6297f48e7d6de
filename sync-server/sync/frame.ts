import { type Message, MessageType, SyncType, writeMessage } from "../../protocol/message.ts"

/** RFC 6455, 5.2: a final frame of binary data. */
export const finalBinary = 0x82
/** RFC 6455, 5.2: lengths up to this stand in the second byte; 126 and 127 announce two or eight bytes more. */
const longestShort = 125
const longestMedium = 0xffff

/** A message as a whole WebSocket frame: made once, written to every socket as it is. */
export function frameOf(message: Message): Buffer {
  switch (message.type) {
    case "sync-step-1":
      return syncFrame(SyncType.Step1, message.stateVector)
    case "sync-step-2":
      return syncFrame(SyncType.Step2, message.update)
    case "update":
      return syncFrame(SyncType.Update, message.update)
    case "durable":
      return durableFrame(message)
    default:
      return frameOfPayload(writeMessage(message))
  }
}

/** The payload as one unmasked frame of binary data, as servers send them. */
export function frameOfPayload(payload: Uint8Array, firstByte = finalBinary): Buffer {
  const { frame, start } = emptyFrame(payload.length, firstByte)
  frame.set(payload, start)
  return frame
}

/** What a frame made here carries: a view, not a copy. */
export function payloadOf(frame: Buffer): Buffer {
  const length = frame[1] ?? 0
  return frame.subarray(length <= longestShort ? 2 : length === 126 ? 4 : 10)
}

/** Most of what is sent, and all that is large: written to its place at once, where an encoder would copy it several times. */
function syncFrame(type: number, bytes: Uint8Array): Buffer {
  const { frame, start } = emptyFrame(2 + varUintBytes(bytes.length) + bytes.length, finalBinary)
  frame[start] = MessageType.Sync
  frame[start + 1] = type
  frame.set(bytes, writeVarUint(frame, start + 2, bytes.length))
  return frame
}

/** Each client gets its own for each of its updates. */
function durableFrame({ count, host }: Message & { type: "durable" }): Buffer {
  const hostBytes = host === null ? 0 : varUintBytes(host.state) + varUintBytes(host.waiting)
  const { frame, start } = emptyFrame(1 + varUintBytes(count) + hostBytes, finalBinary)
  frame[start] = MessageType.Durable
  const end = writeVarUint(frame, start + 1, count)
  if (host !== null) writeVarUint(frame, writeVarUint(frame, end, host.state), host.waiting)
  return frame
}

function emptyFrame(length: number, firstByte: number): { frame: Buffer; start: number } {
  const start = length <= longestShort ? 2 : length <= longestMedium ? 4 : 10
  const frame = Buffer.allocUnsafe(start + length)
  frame[0] = firstByte
  if (start === 2) {
    frame[1] = length
  } else if (start === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  return { frame, start }
}

function varUintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes += 1
  return bytes
}

/** lib0's form: seven bits a byte, the lowest first. Answers where it ends. */
function writeVarUint(frame: Buffer, start: number, value: number): number {
  let position = start
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) {
    frame[position] = 0x80 | (rest & 0x7f)
    position += 1
  }
  frame[position] = rest
  return position + 1
}
