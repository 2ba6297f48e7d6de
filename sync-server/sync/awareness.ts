import { Limits } from "../../protocol/limits.ts"
import type { AwarenessEntry } from "../../protocol/message.ts"
import type { Source } from "./source.ts"

interface Owned {
  entry: AwarenessEntry
  owner: Source
  /** What is added to the owner's clock on the way out; see `receive`. */
  offset: number
}

/**
 * Who shows what in a room. A client id belongs to the source that first used it until that one is gone; nobody else may set or
 * clear it. What others forward of it is ignored, which also cuts every echo: y-websocket clients send back all that they hear.
 *
 * Peers that saw a client leave ignore it until its clock is past the one it left with, but a client that comes back
 * after a short cut begins at that same clock. So clocks go out with an offset that keeps them growing.
 */
export class RoomAwareness {
  readonly #clients = new Map<number, Owned>()
  /** The last clock that peers saw of a client that left. */
  readonly #left = new Map<number, number>()

  get size(): number {
    return this.#clients.size
  }

  /** What everybody shows, with outgoing clocks. */
  entries(): AwarenessEntry[] {
    return [...this.#clients.values()].map(({ entry }) => entry)
  }

  /**
   * Takes what a source says of its own clients. `accepted` is what changed; `contested` are owners of ids that the source
   * claimed with news of its own: it may be the same client on a new socket while the old one is half dead.
   */
  receive(
    entries: readonly AwarenessEntry[],
    source: Source,
  ): { accepted: AwarenessEntry[]; contested: Source[] } {
    const accepted: AwarenessEntry[] = []
    const contested: Source[] = []
    let owned = this.#count(source)
    for (const incoming of entries) {
      const known = this.#clients.get(incoming.clientId)
      if (known !== undefined && known.owner !== source) {
        if (incoming.state !== null && incoming.clock > known.entry.clock) contested.push(known.owner)
        continue
      }
      if (known === undefined) {
        if (incoming.state === null || owned >= Limits.awarenessClients) continue
        owned += 1
      }
      const outgoing = this.#take(incoming, known, source)
      if (outgoing !== null) accepted.push(outgoing)
    }
    return { accepted, contested }
  }

  /** The source has gone: what it showed goes as well. Answers what peers are to be told. */
  drop(source: Source): AwarenessEntry[] {
    const gone: AwarenessEntry[] = []
    for (const [clientId, { owner, entry }] of this.#clients) {
      if (owner !== source) continue
      gone.push(this.#remove(clientId, entry.clock + 1))
    }
    return gone
  }

  #take(incoming: AwarenessEntry, known: Owned | undefined, source: Source): AwarenessEntry | null {
    const { clientId, state } = incoming
    if (known !== undefined) {
      const clock = incoming.clock + known.offset
      if (state === null && clock >= known.entry.clock) return this.#remove(clientId, clock)
      if (clock <= known.entry.clock) return null
      known.entry = { clientId, clock, state }
      return known.entry
    }
    const last = this.#left.get(clientId)
    const offset = last === undefined || incoming.clock > last ? 0 : last + 1 - incoming.clock
    const entry = { clientId, clock: incoming.clock + offset, state }
    this.#left.delete(clientId)
    this.#clients.set(clientId, { entry, owner: source, offset })
    return entry
  }

  #remove(clientId: number, clock: number): AwarenessEntry {
    this.#clients.delete(clientId)
    this.#left.set(clientId, clock)
    // Insertion order makes the first the longest gone; a client that stays away that long starts afresh anyway.
    if (this.#left.size > Limits.awarenessClients) {
      for (const oldest of this.#left.keys()) {
        this.#left.delete(oldest)
        break
      }
    }
    return { clientId, clock, state: null }
  }

  #count(source: Source): number {
    let count = 0
    for (const { owner } of this.#clients.values()) if (owner === source) count += 1
    return count
  }
}
