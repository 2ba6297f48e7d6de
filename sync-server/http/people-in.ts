import { parsePresence } from "../../protocol/presence.ts"
import type { RoomRegistry } from "../sync/room-registry.ts"

/** Who is in a room now, each person once. */
export function peopleIn(registry: RoomRegistry, name: string): { name: string; peer: number }[] {
  const people = new Map<string, { name: string; peer: number }>()
  const room = registry.rooms.find((candidate) => candidate.name === name)
  for (const { clientId, state } of room?.awarenessEntries() ?? []) {
    const person = parsePresence(state, clientId)
    if (person !== null) people.set(person.id, { name: person.name, peer: person.peer })
  }
  return [...people.values()]
}
