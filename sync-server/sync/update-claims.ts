import { createDecoder, readVarUint } from "lib0/decoding"
import * as Y from "yjs"
import { AppError } from "../../protocol/errors.ts"

/**
 * To be asked before an update is applied. Yjs makes room for as many structs as an update says that a client has before it
 * reads the first: ten bytes could take a quarter of a gigabyte, and a frame full of them minutes.
 * @throws AppError FRAME_TRUNCATED when there are fewer bytes than structs, or Error when it is no update
 */
export function checkClaims(update: Uint8Array): void {
  const decoder = createDecoder(update)
  const clients = readVarUint(decoder)
  if (clients === 0) return
  // A struct takes two bytes at least.
  if (readVarUint(decoder) > update.length)
    throw new AppError("FRAME_TRUNCATED", "An update has fewer structs than it says")
  // The other clients' numbers are behind the structs; this reads on to them one struct at a time and keeps none.
  if (clients > 1) Y.parseUpdateMeta(update)
}
