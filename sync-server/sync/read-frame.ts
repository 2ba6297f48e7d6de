import { AppError } from "../../protocol/errors.ts"
import { type Message, readMessages } from "../../protocol/message.ts"
import { checkPieces } from "./update-pieces.ts"

/**
 * What a peer's WebSocket message says: the one place where frames are parsed, and bounded, before anything looks into them.
 * @throws AppError FRAME_TYPE_UNKNOWN, FRAME_TRUNCATED, FRAME_LIMIT
 */
export function readFrame(data: unknown, isBinary: unknown): Message[] {
  if (isBinary !== true || !Buffer.isBuffer(data))
    throw new AppError("FRAME_TYPE_UNKNOWN", "Only binary frames are known here")
  const messages = readMessages(data)
  checkPieces(messages)
  return messages
}
