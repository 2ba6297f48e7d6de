import * as Y from "yjs"
import { AppError } from "../../protocol/errors.ts"

/**
 * Whether the document has anything that a peer with this state vector lacks; deletions are not seen in it.
 * @throws AppError FRAME_TRUNCATED when it is no state vector
 */
export function isAhead(doc: Y.Doc, stateVector: Uint8Array): boolean {
  let theirs: Map<number, number>
  try {
    theirs = Y.decodeStateVector(stateVector)
  } catch (cause) {
    throw new AppError("FRAME_TRUNCATED", "This is not a state vector", { cause })
  }
  return [...clocksOf(doc)].some(([client, clock]) => clock > (theirs.get(client) ?? 0))
}

/** How much of each client's words is in the document. */
export function clocksOf(doc: Y.Doc): Map<number, number> {
  return Y.decodeStateVector(Y.encodeStateVector(doc))
}
