import type { Absence, AbsenceWriter } from "../../protocol/absence.ts"
import type { Person } from "./session-snapshot.ts"

/** Everybody who wrote meanwhile and has a name here; and whether there were others. */
export function writersOf(
  absence: Absence,
  people: readonly Pick<Person, "id" | "name" | "peer" | "clientIds">[],
): { writers: AbsenceWriter[]; hasOthers: boolean } {
  const here = new Map(people.flatMap((person) => person.clientIds.map((id) => [id, person] as const)))
  const writers = new Map(absence.writers.map((writer) => [writer.id, writer]))
  let hasOthers = false
  for (const clientId of absence.unknownWriters) {
    const person = here.get(clientId)
    if (person === undefined) hasOthers = true
    else writers.set(person.id, { id: person.id, name: person.name, peer: person.peer })
  }
  return { writers: [...writers.values()], hasOthers }
}

/** `12 changes by 2 people while you were offline.` One person is named. */
export function absenceSentence(
  absence: Absence,
  facts: { changes: number; writers: readonly AbsenceWriter[]; hasOthers: boolean },
): string {
  const { changes, writers, hasOthers } = facts
  const count = changes === 1 ? "1 change" : `${changes} changes`
  const people = writers.length === 1 ? writers[0]?.name : `${writers.length} people`
  const by = writers.length === 0 ? "" : ` by ${people}${hasOthers ? " and others" : ""}`
  return `${count}${by} while you were ${absence.since === null ? "away" : "offline"}.`
}
