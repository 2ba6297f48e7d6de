import { useEffect, useMemo, useState } from "react"
import { peopleByRoom } from "../session/folder-session.ts"
import type { Person } from "../session/session-snapshot.ts"
import type { Tab } from "./tab-store.ts"
import type { Folder } from "./use-folder.ts"

export type PeopleByPath = ReadonlyMap<string, readonly Person[]>

/** Who else is in which document: in the open ones, and in a shared folder in any. Changes only when somebody comes, goes, or takes another name or colour. */
export function usePeopleByPath(tabs: readonly Tab[], folder: Folder | null): PeopleByPath {
  const inTabs = usePeopleInTabs(tabs)
  return useMemo(() => (folder === null ? inTabs : withFolder(inTabs, tabs, folder)), [inTabs, tabs, folder])
}

/** By the paths of the tree, also where the tabs go by their rooms. */
function withFolder(inTabs: PeopleByPath, tabs: readonly Tab[], { view }: Folder): PeopleByPath {
  const byRoom = new Map(peopleByRoom(view.people))
  for (const { path, content } of tabs) {
    const people = inTabs.get(path)
    if (content.kind === "open" && people !== undefined) byRoom.set(content.session.room, people)
  }
  return new Map(
    view.files.flatMap(({ room, path }) => {
      const people = byRoom.get(room)
      return people === undefined ? [] : [[path, people] as const]
    }),
  )
}

function usePeopleInTabs(tabs: readonly Tab[]): PeopleByPath {
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
