import { Limits } from "../../protocol/limits.ts"
import type { AwarenessEntry } from "../../protocol/message.ts"
import type { Source } from "./source.ts"

interface Owned {
  entry: AwarenessEntry
  owner: Source
  /** What is added to the owner's clock on the way out; see `receive`. */
  offset: number
}

/** What peers are to be told of one client. */
export interface AwarenessChange {
  entry: AwarenessEntry
  /** Who showed it; null when that one has gone. */
  source: Source | null
  /** The clock is not the one that the source gave: it would take the entry for news of somebody else's. */
  isRewritten: boolean
}

/**
 * Who shows what in a room. A client id belongs to the source that first used it until that one is gone; nobody else may set or
 * clear it. What others forward of it is ignored, which also cuts every echo: y-websocket clients send back all that they hear.
 *
 * Peers that saw a client leave ignore it until its clock is past the one it left with, but a client that comes back
 * after a short cut begins at that same clock. So clocks go out with an offset that keeps them growing. A late echo of the one
 * that left has that clock as well; it comes from somebody who was here before, and is ignored.
 *
 * What changed is kept until it is taken, the last word of each client only: a cursor that moves ten times between two
 * flushes is told once.
 */
export class RoomAwareness {
  readonly #clients = new Map<number, Owned>()
  readonly #idsOf = new Map<Source, Set<number>>()
  /** The last clock that peers saw of a client that left, and how many had left by then. */
  readonly #left = new Map<number, { clock: number; turn: number }>()
  #turn = 0
  /** How many clients had left when a source came, or came back. */
  readonly #came = new WeakMap<Source, number>()
  #changes = new Map<number, AwarenessChange>()

  get size(): number {
    return this.#clients.size
  }

  /** What everybody shows, with outgoing clocks. */
  entries(): AwarenessEntry[] {
    return Array.from(this.#clients.values(), ({ entry }) => entry)
  }

  /** From now on the source may bring back whoever has left before. */
  join(source: Source): void {
    this.#came.set(source, this.#turn)
  }

  get hasChanges(): boolean {
    return this.#changes.size > 0
  }

  /** What changed since the last time. */
  takeChanges(): AwarenessChange[] {
    const changes = [...this.#changes.values()]
    this.#changes = new Map()
    return changes
  }

  /**
   * Takes what a source says of its own clients. Answers the owners of ids that the source claimed with news of its own: it may
   * be the same client on a new socket while the old one is half dead.
   */
  receive(entries: readonly AwarenessEntry[], source: Source): Source[] {
    const contested: Source[] = []
    if (!this.#came.has(source)) this.join(source)
    for (const incoming of entries) {
      const known = this.#clients.get(incoming.clientId)
      if (known === undefined) {
        const owned = this.#idsOf.get(source)?.size ?? 0
        if (incoming.state !== null && owned < Limits.awarenessClients) this.#add(incoming, source)
      } else if (known.owner === source) {
        this.#update(incoming, known)
      } else if (incoming.state !== null && incoming.clock > known.entry.clock) {
        contested.push(known.owner)
      }
    }
    return contested
  }

  /** The source has gone: what it showed goes as well. */
  drop(source: Source): void {
    for (const clientId of [...(this.#idsOf.get(source) ?? [])]) {
      const known = this.#clients.get(clientId)
      if (known !== undefined) this.#remove(known, known.entry.clock + 1, null)
    }
    this.join(source)
  }

  #add({ clientId, clock, state }: AwarenessEntry, source: Source): void {
    const last = this.#left.get(clientId)
    const isOld = last !== undefined && clock <= last.clock
    if (isOld && (this.#came.get(source) ?? 0) < last.turn) return
    const offset = isOld ? last.clock + 1 - clock : 0
    const entry = { clientId, clock: clock + offset, state }
    this.#left.delete(clientId)
    this.#clients.set(clientId, { entry, owner: source, offset })
    const ids = this.#idsOf.get(source)
    if (ids === undefined) this.#idsOf.set(source, new Set([clientId]))
    else ids.add(clientId)
    this.#changed(entry, source, offset)
  }

  #update({ clientId, clock, state }: AwarenessEntry, known: Owned): void {
    const outgoing = clock + known.offset
    if (state === null) {
      if (outgoing >= known.entry.clock) this.#remove(known, outgoing, known.owner)
    } else if (outgoing > known.entry.clock) {
      known.entry = { clientId, clock: outgoing, state }
      this.#changed(known.entry, known.owner, known.offset)
    }
  }

  #remove({ entry, owner, offset }: Owned, clock: number, source: Source | null): void {
    const { clientId } = entry
    this.#clients.delete(clientId)
    const ids = this.#idsOf.get(owner)
    ids?.delete(clientId)
    if (ids?.size === 0) this.#idsOf.delete(owner)
    this.#turn += 1
    this.#left.set(clientId, { clock, turn: this.#turn })
    // Insertion order makes the first the longest gone; a client that stays away that long starts afresh anyway.
    if (this.#left.size > Limits.awarenessClients) {
      for (const oldest of this.#left.keys()) {
        this.#left.delete(oldest)
        break
      }
    }
    this.#changed({ clientId, clock, state: null }, source, offset)
  }

  #changed(entry: AwarenessEntry, source: Source | null, offset: number): void {
    this.#changes.set(entry.clientId, { entry, source, isRewritten: offset !== 0 })
  }
}
