import { type PresenceUser, parsePresence } from "../../protocol/presence.ts"
import type { CaretPlace, Person } from "./session-snapshot.ts"

/** After this time without a move a person counts as quiet, in milliseconds. */
export const quietAfter = 5 * 60 * 1000

interface Sighting {
  arrived: number
  moved: number
}

/** Resolves where a client's caret stands; null when it shows none. */
export type CaretLookup = (clientId: number) => CaretPlace | null

/** Makes people out of awareness states: several windows of one person count as one. */
export class People {
  readonly #self: number
  readonly #sightings = new Map<number, Sighting>()
  #arrivals = 0

  constructor(selfClientId: number) {
    this.#self = selfClientId
  }

  /** These clients came, moved, wrote or changed their name. */
  seen(clientIds: readonly number[], now: number): void {
    for (const clientId of clientIds) {
      const known = this.#sightings.get(clientId)
      if (known === undefined) this.#sightings.set(clientId, { arrived: ++this.#arrivals, moved: now })
      else known.moved = now
    }
  }

  left(clientIds: readonly number[]): void {
    for (const clientId of clientIds) this.#sightings.delete(clientId)
  }

  /** Oneself first, then in the order of arrival. */
  list(states: ReadonlyMap<number, unknown>, caretOf: CaretLookup, now: number): Person[] {
    const groups = new Map<string, { user: PresenceUser; clientIds: number[] }>()
    for (const clientId of this.#inOrder(states)) {
      const user = parsePresence(states.get(clientId), clientId)
      if (user === null) continue
      const group = groups.get(user.id)
      if (group === undefined) groups.set(user.id, { user, clientIds: [clientId] })
      else group.clientIds.push(clientId)
    }
    return [...groups.values()].map((group) => this.#person(group, caretOf, now))
  }

  #inOrder(states: ReadonlyMap<number, unknown>): number[] {
    const rank = (clientId: number) =>
      clientId === this.#self ? 0 : (this.#sightings.get(clientId)?.arrived ?? Number.POSITIVE_INFINITY)
    return [...states.keys()].sort((a, b) => rank(a) - rank(b) || a - b)
  }

  #person(group: { user: PresenceUser; clientIds: number[] }, caretOf: CaretLookup, now: number): Person {
    const { user, clientIds } = group
    const self = clientIds.includes(this.#self)
    const moved = (clientId: number) => this.#sightings.get(clientId)?.moved ?? 0
    const lastFirst = clientIds.toSorted((a, b) => moved(b) - moved(a))
    const caret = lastFirst.map(caretOf).find((place) => place !== null) ?? null
    const quiet = !self && lastFirst.every((clientId) => now - moved(clientId) >= quietAfter)
    return { id: user.id, name: user.name, peer: user.peer, user, self, clientIds, caret, quiet }
  }
}
