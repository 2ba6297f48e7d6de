/**
 * What others did to a document while somebody was away from it: worked out where both sides' words come together, by
 * the embedded server for its windows and by a guest's page for itself.
 */
import { z } from "zod"
import { Limits } from "./limits.ts"
import { parsePresence, peerColours } from "./presence.ts"

const writer = z.object({
  id: z.string(),
  name: z.string(),
  /** 1 to 12: the place in the palette. */
  peer: z.number().int().min(1).max(peerColours.length),
})
/** Somebody who wrote meanwhile. */
export type AbsenceWriter = z.infer<typeof writer>

export const absence = z.object({
  /** When the host was last heard, milliseconds since 1970; null: before the document was opened this time. */
  since: z.number().nullable(),
  /** When both sides came together. */
  until: z.number(),
  /** The text with one's own words alone, the moment before. */
  before: z.string(),
  /** The text with everybody's. */
  after: z.string(),
  /** Those who are known by name. */
  writers: z.array(writer),
  /** Client ids of those who wrote and of whom nothing is known; who is here now may be among them. */
  unknownWriters: z.array(z.number()),
})
export type Absence = z.infer<typeof absence>

/** Whoever was away for less has hardly noticed. As long as the light takes for a stuck disk. */
export const shortestAbsenceMs = 10_000

/**
 * So long after the other side's document others' words still count as written meanwhile: when a host comes back, everybody
 * brings theirs within a few seconds.
 */
export const absenceSettleMs = 4_000

type Clocks = ReadonlyMap<number, number>

/** The document as far as it is looked into here. */
export interface WatchedDocument {
  text(): string
  /** How much of each client's words is in it: the state vector. */
  clocks(): Clocks
}

interface State {
  text: string
  clocks: Clocks
}

/** Tells what a document looked like before and after the other side's words came into it, if that is worth telling. */
export class AbsenceWatch {
  readonly #document: WatchedDocument
  readonly #shortestMs: number
  readonly #people = new Map<number, AbsenceWriter>()
  /** Since when the other side has been out of reach. Null: it is not. At first it was never reached. */
  #away: { since: number | null } | null
  #before: State | null = null
  /** Since the other side's document is here. */
  #after: State | null = null

  /** `awaySince`: another watch of the same document knows since when; null: the other side was never reached. */
  constructor(document: WatchedDocument, options: { shortestMs?: number; awaySince?: number | null } = {}) {
    this.#document = document
    this.#away = { since: options.awaySince ?? null }
    this.#shortestMs = options.shortestMs ?? shortestAbsenceMs
  }

  /** Since when the other side is out of reach, for a watch that goes on in the place of this one. */
  awaySince(now: number): number | null {
    return this.#away === null ? now : this.#away.since
  }

  /** What a client of the other side shows of itself. Those who have left are remembered, the latest of them. */
  seen(clientId: number, state: unknown): void {
    const user = parsePresence(state, clientId)
    if (user === null) return
    this.#people.delete(clientId)
    this.#people.set(clientId, { id: user.id, name: user.name, peer: user.peer })
    const [oldest] = this.#people.keys()
    if (this.#people.size > Limits.awarenessClients && oldest !== undefined) this.#people.delete(oldest)
  }

  /** The other side is out of reach. Times are milliseconds since 1970. */
  left(now: number): void {
    this.#away ??= { since: now }
    this.#before = null
    this.#after = null
  }

  /** Something of the other side is about to come into the document. */
  returning(now: number): void {
    if (this.#away === null || this.#before !== null) return
    const { since } = this.#away
    if (since !== null && now - since < this.#shortestMs) return
    // Whoever has nothing of a document comes to it for the first time.
    if (this.#document.clocks().size > 0) this.#before = this.#state()
  }

  /**
   * The other side's document is in ours. True: `settled` is to be called after a while, or once something is written here.
   */
  returned(): boolean {
    if (this.#before === null) this.#away = null
    else this.#after = this.#state()
    return this.#after !== null
  }

  /** More of what others wrote has come. */
  arrived(): void {
    if (this.#after !== null) this.#after = this.#state()
  }

  /** Whoever was away has all that others wrote meanwhile. Null: that is nothing to tell. */
  settled(now: number): Absence | null {
    const [before, after, away] = [this.#before, this.#after, this.#away]
    if (before === null || after === null || away === null) return null
    this.#before = null
    this.#after = null
    this.#away = null
    const length = Math.max(after.text.length, before.text.length)
    if (after.text === before.text || length > Limits.absenceLength) return null
    const writers = this.#writersBetween(before.clocks, after.clocks)
    return { since: away.since, until: now, before: before.text, after: after.text, ...writers }
  }

  #state(): State {
    return { text: this.#document.text(), clocks: this.#document.clocks() }
  }

  #writersBetween(before: Clocks, after: Clocks): Pick<Absence, "writers" | "unknownWriters"> {
    const writers = new Map<string, AbsenceWriter>()
    const unknownWriters: number[] = []
    for (const [clientId, clock] of after) {
      if (clock <= (before.get(clientId) ?? 0)) continue
      const person = this.#people.get(clientId)
      if (person === undefined) unknownWriters.push(clientId)
      else writers.set(person.id, person)
    }
    return {
      writers: [...writers.values()],
      unknownWriters: unknownWriters.slice(0, Limits.awarenessClients),
    }
  }
}

/** Two absences of which nobody has heard yet, the earlier one first. */
export function joinedAbsences(earlier: Absence, later: Absence): Absence {
  const writers = new Map([...earlier.writers, ...later.writers].map((person) => [person.id, person]))
  return {
    since: earlier.since,
    until: later.until,
    before: earlier.before,
    after: later.after,
    writers: [...writers.values()],
    unknownWriters: [...new Set([...earlier.unknownWriters, ...later.unknownWriters])],
  }
}
