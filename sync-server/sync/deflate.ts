import { promisify } from "node:util"
import { constants, deflateRaw } from "node:zlib"
import { frameOfPayload, payloadOf } from "./frame.ts"

/** Smaller documents cost more in compressing and inflating than they save. */
export const smallestCompressed = 64 * 1024

/** RFC 7692: a final frame of binary data whose payload is compressed. */
const finalCompressedBinary = 0xc2
/** RFC 7692, 7.2.1: every compressed message ends so, and the end is not sent. */
const tailBytes = 4

const compress = promisify(deflateRaw)
const compressed = new WeakMap<Buffer, Promise<Buffer>>()

/** The frame with its payload compressed, made once for all who ask, in another thread. Where that saves nothing, the frame. */
export function compressedFrame(frame: Buffer): Promise<Buffer> {
  let promise = compressed.get(frame)
  if (promise === undefined) {
    promise = deflated(frame)
    compressed.set(frame, promise)
  }
  return promise
}

async function deflated(frame: Buffer): Promise<Buffer> {
  const bytes = await compress(payloadOf(frame), { finishFlush: constants.Z_SYNC_FLUSH })
  const result = frameOfPayload(bytes.subarray(0, bytes.length - tailBytes), finalCompressedBinary)
  return result.length < frame.length ? result : frame
}
