import { useEffect, useState } from "react"
import type { Person } from "../session/session-snapshot.ts"
import type { Tab } from "./tab-store.ts"

export type PeopleByPath = ReadonlyMap<string, readonly Person[]>

/** Who else is in each open document. Changes only when somebody comes, goes, or takes another name or colour. */
export function usePeopleByPath(tabs: readonly Tab[]): PeopleByPath {
  const [people, setPeople] = useState<PeopleByPath>(new Map())
  useEffect(() => {
    const read = () => setPeople((known) => changed(known, others(tabs)))
    const ends = tabs.flatMap(({ content }) =>
      content.kind === "open" ? [content.session.subscribe(read)] : [],
    )
    read()
    return () => {
      for (const end of ends) end()
    }
  }, [tabs])
  return people
}

function others(tabs: readonly Tab[]): PeopleByPath {
  return new Map(
    tabs.flatMap(({ path, content }) => {
      const people =
        content.kind === "open" ? content.session.snapshot().people.filter((person) => !person.self) : []
      return people.length === 0 ? [] : [[path, people] as const]
    }),
  )
}

function changed(known: PeopleByPath, next: PeopleByPath): PeopleByPath {
  return fingerprint(known) === fingerprint(next) ? known : next
}

function fingerprint(people: PeopleByPath): string {
  return JSON.stringify(
    [...people].map(([path, list]) => [path, list.map(({ id, name, peer }) => [id, name, peer])]),
  )
}
