import * as Y from "yjs"
import { AppError } from "../../protocol/errors.ts"
import { applyLog } from "../store/apply-log.ts"
import type { StoredRoom } from "../store/store.ts"
import { Deletions } from "./deletions.ts"
import { emptyUpdate } from "./empty-update.ts"
import { QuietDoc } from "./quiet-doc.ts"
import { checkClaims } from "./update-claims.ts"

/** What became of a batch of updates. */
export interface Applied {
  /** What is new in the document, as one update. Null: nothing. */
  merged: Uint8Array | null
  /** One for each update that was given: why it is none, or null. */
  errors: readonly (AppError | null)[]
  /** Something waits for a predecessor, or did before: Yjs tells nothing of such updates. */
  isPending: boolean
}

/**
 * The content of a room: bytes while people only read it, a Y.Doc once somebody writes. A Y.Doc takes about ten
 * times the memory of its bytes, so a document that has come to rest is turned into bytes again.
 */
export class RoomDocument {
  /** The whole state as one update; null while the Y.Doc has it. */
  #bytes: Uint8Array | null = null
  #doc: Y.Doc | null = null
  #captured: Uint8Array[] = []
  #stateVector: Uint8Array | null = null
  #deletions: Deletions | null = null

  /**
   * `onDamaged` is told of an entry of the log that is no update; the rest of the log still counts.
   * @throws Error when the snapshot is none
   */
  constructor(stored: StoredRoom | null, onDamaged: (cause: unknown) => void) {
    if (stored === null) {
      this.#bytes = emptyUpdate
    } else if (stored.updates.length === 0) {
      this.#rest(stored.snapshot ?? emptyUpdate)
    } else {
      this.#doc = restored(stored, onDamaged)
      this.#capture(this.#doc)
    }
  }

  get isResting(): boolean {
    return this.#bytes !== null
  }

  /** The living document. Asking for it ends the rest. */
  get doc(): Y.Doc {
    if (this.#doc !== null) return this.#doc
    const doc = new QuietDoc()
    const bytes = this.#bytes ?? emptyUpdate
    doc.scans.whileLoading(() => Y.applyUpdate(doc, bytes))
    this.#doc = doc
    this.#bytes = null
    this.#capture(doc)
    return doc
  }

  stateVector(): Uint8Array {
    this.#stateVector ??=
      this.#bytes === null ? Y.encodeStateVector(this.doc) : Y.encodeStateVectorFromUpdate(this.#bytes)
    return this.#stateVector
  }

  deletions(): Deletions {
    this.#deletions ??=
      this.#bytes === null ? Deletions.ofDocument(this.doc) : Deletions.ofUpdate(this.#bytes)
    return this.#deletions
  }

  /** Everything, as one update. */
  state(): Uint8Array {
    return this.#bytes ?? Y.encodeStateAsUpdate(this.doc)
  }

  /**
   * What a peer with this state vector lacks. `known` is an update whose deletions the peer has; null: none are known.
   * @throws Error when it is no state vector, or no update
   */
  missing(stateVector: Uint8Array, known: Uint8Array | null): Uint8Array {
    const update =
      this.#bytes === null
        ? Y.encodeStateAsUpdate(this.doc, stateVector)
        : Y.diffUpdate(this.#bytes, stateVector)
    if (known === null) return update
    const all = this.deletions().encoded
    const structs = update.subarray(0, update.length - all.length)
    // While something waits for a predecessor, Yjs adds that one's deletions; then all of them are sent.
    if (Buffer.compare(update.subarray(structs.length), all) !== 0) return update
    return Buffer.concat([structs, this.deletions().without(Deletions.ofUpdate(known)).encoded])
  }

  /** Whether the update brings nothing new. @throws Error when it is no update */
  holds(update: Uint8Array): boolean {
    const known = Y.decodeStateVector(this.stateVector())
    for (const [client, clock] of Y.parseUpdateMeta(update).to)
      if (clock > (known.get(client) ?? 0)) return false
    return Deletions.ofUpdate(update).without(this.deletions()).isEmpty
  }

  /** Applies the updates in one transaction. One that is malformed does not harm its neighbours. */
  apply(updates: readonly Uint8Array[]): Applied {
    if (this.isResting && updates.every((update) => this.#holdsSurely(update))) {
      return { merged: null, errors: updates.map(() => null), isPending: false }
    }
    const { doc } = this
    const wasPending = hasPending(doc)
    this.#captured = []
    const errors: (AppError | null)[] = []
    doc.transact(() => {
      for (const update of updates) errors.push(applyOne(doc, update))
    })
    return { merged: this.#take(), errors, isPending: wasPending || hasPending(doc) }
  }

  /** Edits the document in one transaction and answers what that changed; null: nothing. */
  change(origin: unknown, edit: (doc: Y.Doc) => void): Uint8Array | null {
    const { doc } = this
    this.#captured = []
    doc.transact(() => edit(doc), origin)
    return this.#take()
  }

  /** Gives up the Y.Doc, or other bytes, for its state as these bytes. That they are this state is taken on trust. */
  rest(state: Uint8Array): void {
    if (this.#bytes !== null) {
      // Reading the state vector out of the same state once more would be most of what a newcomer costs.
      this.#bytes = state
      // They may be a view of the bytes that are given up.
      this.#deletions = null
      return
    }
    this.#doc?.destroy()
    this.#doc = null
    this.#rest(state)
  }

  destroy(): void {
    this.#doc?.destroy()
    this.#doc = null
    this.#bytes = emptyUpdate
  }

  #rest(state: Uint8Array): void {
    this.#bytes = state
    // Bytes that are no state are found here, not when a client comes.
    this.#stateVector = Y.encodeStateVectorFromUpdate(state)
    this.#deletions = null
  }

  #capture(doc: Y.Doc): void {
    doc.on("update", (update: Uint8Array) => {
      this.#captured.push(update)
      this.#stateVector = null
      this.#deletions = null
    })
  }

  /** Yjs tidies formatted text up in a transaction of its own, after the one that it was given. */
  #take(): Uint8Array | null {
    const captured = this.#captured
    this.#captured = []
    return captured.length > 1 ? Y.mergeUpdates(captured) : (captured[0] ?? null)
  }

  #holdsSurely(update: Uint8Array): boolean {
    try {
      return this.holds(update)
    } catch {
      // Applying it says what is wrong with it.
      return false
    }
  }
}

function restored(stored: StoredRoom, onDamaged: (cause: unknown) => void): Y.Doc {
  const doc = new QuietDoc()
  doc.scans.whileLoading(() => applyLog(doc, stored, onDamaged))
  return doc
}

function applyOne(doc: Y.Doc, update: Uint8Array): AppError | null {
  const { pendingStructs } = doc.store
  try {
    checkClaims(update)
    Y.applyUpdate(doc, update)
    return null
  } catch (cause) {
    // Yjs takes out what waits for a predecessor before it tries it again.
    doc.store.pendingStructs ??= pendingStructs
    if (cause instanceof AppError) return cause
    return new AppError("FRAME_TRUNCATED", "This is not a Yjs update", { cause })
  }
}

/** Whether something that came waits for a predecessor which did not: it is no part of the document yet. */
export function hasPending(doc: Y.Doc): boolean {
  return doc.store.pendingStructs !== null || doc.store.pendingDs !== null
}
