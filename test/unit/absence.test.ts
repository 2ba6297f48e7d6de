import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import { type Absence, AbsenceWatch, joinedAbsences } from "../../protocol/absence.ts"
import { Limits } from "../../protocol/limits.ts"
import { textChanges } from "../../renderer/editor/text-changes.ts"
import { absenceSentence, writersOf } from "../../renderer/session/absence-words.ts"

/** Two copies of a document, one of which is watched. */
class Away {
  readonly here = new Y.Doc()
  readonly there = new Y.Doc()
  readonly watch: AbsenceWatch

  constructor(text: string) {
    this.there.getText("codemirror").insert(0, text)
    Y.applyUpdate(this.here, Y.encodeStateAsUpdate(this.there))
    this.watch = new AbsenceWatch(
      {
        text: () => this.here.getText("codemirror").toString(),
        clocks: () => Y.decodeStateVector(Y.encodeStateVector(this.here)),
      },
      { shortestMs: 1000 },
    )
  }

  /** The other side's words come in. */
  comeBack(now: number): Absence | null {
    this.watch.returning(now)
    Y.applyUpdate(this.here, Y.encodeStateAsUpdate(this.there))
    this.watch.returned()
    return this.watch.settled(now)
  }
}

const user = (name: string) => ({ user: { name, color: "#cc4a31", peer: 2, id: name.toLowerCase() } })

describe("whoever was away", () => {
  test("learns what others wrote, with the own words in both texts", () => {
    const away = new Away("Tides")
    away.comeBack(0)
    away.watch.left(1000)
    away.here.getText("codemirror").insert(0, "My ")
    away.there.getText("codemirror").insert(5, " and moons")
    expect(away.comeBack(3000)).toEqual({
      since: 1000,
      until: 3000,
      before: "My Tides",
      after: "My Tides and moons",
      writers: [],
      unknownWriters: [away.there.clientID],
    })
  })

  test("learns it after a start too, when nothing says since when", () => {
    const away = new Away("Tides")
    away.there.getText("codemirror").insert(5, " and moons")
    expect(away.comeBack(3000)).toMatchObject({ since: null, before: "Tides", after: "Tides and moons" })
  })

  test("learns who wrote, where they were seen before they left", () => {
    const away = new Away("Tides")
    away.watch.seen(away.there.clientID, user("Noor"))
    away.there.getText("codemirror").insert(5, "!")
    expect(away.comeBack(0)).toMatchObject({
      writers: [{ id: "noor", name: "Noor", peer: 2 }],
      unknownWriters: [],
    })
  })

  test("is told nothing when nobody wrote, and the next absence counts anew", () => {
    const away = new Away("Tides")
    expect(away.comeBack(0)).toBeNull()
    away.watch.left(0)
    expect(away.comeBack(5000)).toBeNull()
    away.watch.left(6000)
    away.there.getText("codemirror").insert(5, "!")
    expect(away.comeBack(9000)).toMatchObject({ since: 6000 })
  })

  test("for less than the shortest absence is told nothing", () => {
    const away = new Away("Tides")
    away.comeBack(0)
    away.watch.left(0)
    away.there.getText("codemirror").insert(5, "!")
    expect(away.comeBack(999)).toBeNull()
    away.watch.left(2000)
    away.there.getText("codemirror").insert(5, "!")
    expect(away.comeBack(3000)).not.toBeNull()
  })

  test("counts one absence when the host comes and goes before it has told anything", () => {
    const away = new Away("Tides")
    away.comeBack(0)
    away.watch.left(1000)
    away.watch.returning(2000)
    away.watch.left(2000)
    away.there.getText("codemirror").insert(5, "!")
    expect(away.comeBack(3000)).toMatchObject({ since: 1000, before: "Tides", after: "Tides!" })
  })

  test("learns of what others bring a moment later too, and of nothing that is written here then", () => {
    const away = new Away("Tides")
    away.watch.returning(0)
    expect(away.watch.returned()).toBe(true)
    away.there.getText("codemirror").insert(5, "!")
    Y.applyUpdate(away.here, Y.encodeStateAsUpdate(away.there))
    away.watch.arrived()
    away.here.getText("codemirror").insert(0, "My ")
    expect(away.watch.settled(0)).toMatchObject({ before: "Tides", after: "Tides!" })
    expect(away.watch.settled(0)).toBeNull()
  })

  test("and comes for the first time is told nothing", () => {
    const watch = new AbsenceWatch({ text: () => "", clocks: () => new Map() })
    watch.returning(0)
    expect(watch.returned()).toBe(false)
    expect(watch.settled(0)).toBeNull()
  })

  test("a text up to the limit is compared, a longer one is not", () => {
    const away = new Away("x".repeat(Limits.absenceLength - 2))
    away.there.getText("codemirror").insert(0, "!!")
    expect(away.comeBack(0)?.after.length).toBe(Limits.absenceLength)
    away.watch.left(0)
    away.there.getText("codemirror").insert(0, "!")
    expect(away.comeBack(9000)).toBeNull()
  })
})

test("two absences that nobody has read yet are one", () => {
  const [noor, teo] = [
    { id: "n", name: "Noor", peer: 3 },
    { id: "t", name: "Teo", peer: 4 },
  ]
  const first = { since: 1, until: 2, before: "a", after: "ab", writers: [noor], unknownWriters: [7] }
  const second = {
    since: 5,
    until: 6,
    before: "ab",
    after: "abc",
    writers: [teo, noor],
    unknownWriters: [7, 8],
  }
  expect(joinedAbsences(first, second)).toEqual({
    since: 1,
    until: 6,
    before: "a",
    after: "abc",
    writers: [noor, teo],
    unknownWriters: [7, 8],
  })
})

describe("the sentence", () => {
  const absence = { since: 1, until: 2, before: "", after: "", writers: [], unknownWriters: [] }

  test("counts changes and people, and names one", () => {
    const people = ["Noor", "Teo"].map((name, peer) => ({ id: name, name, peer: peer + 1 }))
    const of = (changes: number, writers: number, hasOthers = false) =>
      absenceSentence(absence, { changes, writers: people.slice(0, writers), hasOthers })
    expect(of(12, 2)).toBe("12 changes by 2 people while you were offline.")
    expect(of(1, 1)).toBe("1 change by Noor while you were offline.")
    expect(of(3, 1, true)).toBe("3 changes by Noor and others while you were offline.")
    expect(of(3, 0, true)).toBe("3 changes while you were offline.")
  })

  test("does not say offline of somebody who had closed the document", () => {
    const closed = { ...absence, since: null }
    expect(absenceSentence(closed, { changes: 2, writers: [], hasOthers: false })).toBe(
      "2 changes while you were away.",
    )
  })

  test("knows those who are here now", () => {
    const people = [{ id: "n", name: "Noor", peer: 3, clientIds: [7, 9] }]
    expect(writersOf({ ...absence, unknownWriters: [7] }, people)).toEqual({
      writers: [{ id: "n", name: "Noor", peer: 3 }],
      hasOthers: false,
    })
    expect(writersOf({ ...absence, unknownWriters: [8] }, people)).toEqual({ writers: [], hasOthers: true })
  })
})

describe("changes of a text", () => {
  test("in one line count as one, in two lines as two", () => {
    const before = "one two three\nfour\nfive\n"
    const changes = textChanges(before, "One two Three\nfour\nFive\n")
    expect(changes.map(({ at, parts }) => [at, parts.length])).toEqual([
      [0, 2],
      [19, 1],
    ])
  })

  test("are none where nothing changed", () => {
    expect(textChanges("same", "same")).toEqual([])
  })

  test("say what went too", () => {
    const [change] = textChanges("one\ntwo\nthree\n", "one\nthree\n")
    expect(
      change?.parts.map(({ fromA, toA }) => "one\ntwo\nthree\n".slice(fromA, toA)).join(""),
    ).toHaveLength(4)
  })
})
