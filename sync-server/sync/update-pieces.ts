import { createDecoder, type Decoder, readVarUint } from "lib0/decoding"
import * as Y from "yjs"
import { AppError } from "../../protocol/errors.ts"
import { Limits } from "../../protocol/limits.ts"
import type { Message } from "../../protocol/message.ts"

/** No struct and no deleted range is shorter. */
const leastPieceBytes = 2
/** A client is a number, a first clock and a struct, or its deletions. */
const leastClientBytes = 4

/**
 * To be asked of all that came in one frame, before any of it is looked into: what the updates take in memory goes by their
 * pieces, the structs and deleted ranges, and not by their bytes. An update with fewer bytes than that is not counted.
 * @throws AppError FRAME_LIMIT, or FRAME_TRUNCATED when one is no update
 */
export function checkPieces(messages: readonly Message[]): void {
  let bytes = 0
  for (const message of messages) if (bringsUpdate(message)) bytes += message.update.length
  const mayHaveClients = bytes > Limits.updateClients * leastClientBytes
  const mayHavePieces = bytes > Limits.updatePieces * leastPieceBytes
  if (!mayHaveClients && !mayHavePieces) return
  const updates = messages.filter(bringsUpdate).map(({ update }) => update)
  try {
    checkClients(updates)
    if (mayHavePieces) countPieces(updates)
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError("FRAME_TRUNCATED", "This is not a Yjs update", { cause })
  }
}

function bringsUpdate(message: Message): message is Message & { type: "sync-step-2" | "update" } {
  return message.type === "sync-step-2" || message.type === "update"
}

function checkClients(updates: readonly Uint8Array[]): void {
  const clients = updates.reduce((sum, update) => sum + readVarUint(createDecoder(update)), 0)
  if (clients > Limits.updateClients) throw tooLarge(`of more than ${Limits.updateClients} clients`)
}

function countPieces(updates: readonly Uint8Array[]): void {
  let count = 0
  const add = (pieces: number): void => {
    count += pieces
    if (count > Limits.updatePieces) throw tooLarge(`of more than ${Limits.updatePieces} pieces`)
  }
  for (const update of updates) {
    const decoder = createDecoder(update)
    addStructs(update, decoder, add)
    addRanges(decoder, add)
  }
}

/** Leaves the decoder behind the structs. Yjs reads one after the other and keeps none. */
function addStructs(update: Uint8Array, decoder: Decoder, add: (pieces: number) => void): void {
  class CountingDecoder extends Y.UpdateDecoderV1 {
    constructor() {
      super(decoder)
    }

    /** Asked for once a struct. */
    override readInfo(): number {
      add(1)
      return super.readInfo()
    }
  }
  Y.parseUpdateMetaV2(update, CountingDecoder)
}

function addRanges(decoder: Decoder, add: (pieces: number) => void): void {
  for (let clients = readVarUint(decoder); clients > 0; clients -= 1) {
    readVarUint(decoder)
    const ranges = readVarUint(decoder)
    add(1 + ranges)
    for (let numbers = 2 * ranges; numbers > 0; numbers -= 1) readVarUint(decoder)
  }
}

function tooLarge(what: string): AppError {
  return new AppError(
    "FRAME_LIMIT",
    `A change ${what} is too large to be taken at once; it stays where it was made`,
  )
}
