import type { Person } from "../session/session-snapshot.ts"
import "./peer-dots.css"

/** Who is in a file, as dots: three, then a number. The row that they stand in says the names. */
export function PeerDots({ people, room = 3 }: { people: readonly Person[]; room?: number }) {
  if (people.length === 0) return null
  const shown = people.length > room ? people.slice(0, room - 1) : people
  return (
    <span className="dots" aria-hidden="true" title={people.map((person) => person.name).join(", ")}>
      {shown.map((person) => (
        <i key={person.id} className="peer-dot" data-peer={person.peer} />
      ))}
      {people.length > shown.length && <span className="dots-more">{people.length - shown.length}</span>}
    </span>
  )
}
