import fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import { RoomDocument } from "../../sync-server/sync/document.ts"
import {
  dearScan,
  dearScans,
  ScanBudget,
  scansAtOnce,
  scansPerSecond,
} from "../../sync-server/sync/scan-budget.ts"
import { errorOf } from "../fixtures/error-of.ts"

describe("what may be looked through", () => {
  test("is so much at once, and no more", () => {
    const budget = new ScanBudget(() => 0)
    budget.spend(scansAtOnce)
    expect(errorOf(() => budget.spend(1))).toMatchObject({ code: "MERGE_LATER" })
  })

  test("is a little more with every second", () => {
    let now = 0
    const budget = new ScanBudget(() => now)
    budget.spend(scansAtOnce)
    now = 1_000
    budget.spend(scansPerSecond)
    expect(errorOf(() => budget.spend(1))).toMatchObject({ code: "MERGE_LATER" })
  })

  test("is not more than that after a long time", () => {
    let now = 0
    const budget = new ScanBudget(() => now)
    now = 1e9
    expect(errorOf(() => budget.spend(scansAtOnce + 1))).toMatchObject({ code: "MERGE_LATER" })
  })

  test("for single structs has an end, where each is looked for among many", () => {
    let now = 0
    const budget = new ScanBudget(() => now)
    for (let spent = 0; spent < dearScans; spent += scansAtOnce) {
      budget.spend(scansAtOnce)
      now += 1e6
    }
    expect(errorOf(() => budget.spend(dearScan + 1))).toMatchObject({ code: "MERGE_LIMIT" })
    budget.spend(dearScan)
  })

  test("is counted while a document is loaded, and never refused", () => {
    const budget = new ScanBudget(() => 0)
    budget.whileLoading(() => budget.spend(dearScans + 1))
    expect(errorOf(() => budget.spend(dearScan + 1))).toMatchObject({ code: "MERGE_LIMIT" })
    budget.spend(dearScan)
  })
})

describe("a document that many wrote in", () => {
  /** Somebody goes on typing before what they typed, so that no two letters are one struct. */
  const letters = 20_000
  const base = prepended(letters, 1)

  test("takes what was typed in a row without knowledge of it, however long that is", () => {
    const document = documentOf(base)
    const doc = new Y.Doc()
    doc.getText("codemirror").insert(0, "x".repeat(100_000))
    for (let index = 0; index < 5_000; index += 1) doc.getText("codemirror").insert(index, "y")
    const { errors } = document.apply([Y.encodeStateAsUpdate(doc)])
    expect(errors).toEqual([null])
    expect(document.doc.getText("codemirror").length).toBe(letters + 105_000)
  })

  test("takes a part of what would be looked for again and again, says so, and takes the rest when that comes again", () => {
    const document = documentOf(base)
    const places = Math.ceil((scansAtOnce / letters) * 1.5)
    const update = prepended(places, 2)
    const first = document.apply([update])
    expect(first.errors).toMatchObject([{ code: "MERGE_LATER" }])
    const taken = document.doc.getText("codemirror").length - letters
    expect(taken).toBeGreaterThan(places / 2)
    expect(taken).toBeLessThan(places)
    // What was taken is told, and is all that there is.
    const other = new Y.Doc()
    Y.applyUpdate(other, base)
    Y.applyUpdate(other, first.merged ?? new Uint8Array())
    expect(other.getText("codemirror").toString()).toBe(document.doc.getText("codemirror").toString())
    expect(Y.decodeStateVector(document.stateVector()).get(2)).toBe(taken)
    const later = documentOf(document.state())
    expect(later.apply([update]).errors).toEqual([null])
    expect(later.doc.getText("codemirror").length).toBe(letters + places)
  })

  test("keeps what waits for a predecessor, when a part of that is taken", () => {
    const document = documentOf(base)
    const doc = new Y.Doc()
    doc.clientID = 2
    const updates: Uint8Array[] = []
    doc.on("update", (update: Uint8Array) => updates.push(update))
    for (let index = 0; index < 250; index += 1) doc.getText("codemirror").insert(0, "b")
    const [first, ...rest] = updates
    if (first === undefined) throw new Error("There are 250")
    document.apply([Y.mergeUpdates(rest)])
    expect(document.apply([first]).errors).toMatchObject([{ code: "MERGE_LATER" }])
    expect(document.doc.store.pendingStructs).not.toBeNull()
    Y.applyUpdate(doc, base)
    const state = new Y.Doc()
    Y.applyUpdate(state, document.state())
    expect(state.getText("codemirror").toString()).toBe(doc.getText("codemirror").toString())
  })
})

describe("what people write apart from one another", () => {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    text: fc.string({ minLength: 1, maxLength: 8 }),
    deleted: fc.nat(5),
    /** Letter by letter. */
    typed: fc.nat(40),
  })

  test("is never refused, and becomes what it is everywhere else", () => {
    fc.assert(
      fc.property(fc.array(fc.array(edit, { maxLength: 30 }), { minLength: 2, maxLength: 5 }), (people) => {
        const start = new Y.Doc()
        start.getText("codemirror").insert(0, "All of this was here before.\n".repeat(20))
        const begin = Y.encodeStateAsUpdate(start)
        const updates = people.map((edits, person) => written(edits, begin, person + 1))
        const document = documentOf(begin)
        const { errors } = document.apply(updates)
        expect(errors).toEqual(updates.map(() => null))
        const plain = new Y.Doc()
        Y.applyUpdate(plain, begin)
        for (const update of [...updates].reverse()) Y.applyUpdate(plain, update)
        expect(document.doc.getText("codemirror").toString()).toBe(plain.getText("codemirror").toString())
      }),
    )
  })

  function written(
    edits: readonly { at: number; text: string; deleted: number; typed: number }[],
    begin: Uint8Array,
    client: number,
  ): Uint8Array {
    const doc = new Y.Doc()
    doc.clientID = client
    Y.applyUpdate(doc, begin)
    const text = doc.getText("codemirror")
    for (const { at, text: words, deleted, typed } of edits) {
      const place = Math.floor(at * text.length)
      text.delete(place, Math.min(deleted, text.length - place))
      text.insert(place, words)
      for (let letter = 0; letter < typed; letter += 1) text.insert(place + letter, "t")
    }
    return Y.encodeStateAsUpdate(doc)
  }
})

function documentOf(snapshot: Uint8Array): RoomDocument {
  return new RoomDocument({ snapshot, updates: [], sequence: 1 }, (cause) => {
    throw cause
  })
}

function prepended(letters: number, client: number): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = client
  doc.transact(() => {
    for (let index = 0; index < letters; index += 1) doc.getText("codemirror").insert(0, "a")
  })
  return Y.encodeStateAsUpdate(doc)
}
