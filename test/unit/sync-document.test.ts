import fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import { Deletions } from "../../sync-server/sync/deletions.ts"
import { RoomDocument } from "../../sync-server/sync/document.ts"

/** Edits of up to three people, each of whom sees all that was written before. */
const edits = fc.array(
  fc.record({
    person: fc.nat(2),
    place: fc.nat(1_000),
    deletes: fc.nat(6),
    text: fc.string({ maxLength: 8 }),
  }),
  { maxLength: 40 },
)

/** The document that these edits give, and the updates one by one. */
function written(list: typeof edits extends fc.Arbitrary<infer T> ? T : never): {
  doc: Y.Doc
  updates: Uint8Array[]
} {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on("update", (update: Uint8Array) => updates.push(update))
  for (const { person, place, deletes, text } of list) {
    const own = new Y.Doc()
    Y.applyUpdate(own, Y.encodeStateAsUpdate(doc))
    own.clientID = person + 1
    const ytext = own.getText("codemirror")
    const at = ytext.length === 0 ? 0 : place % ytext.length
    own.transact(() => {
      ytext.delete(at, Math.min(deletes, ytext.length - at))
      ytext.insert(at, text)
    })
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(own, Y.encodeStateVector(doc)))
    own.destroy()
  }
  return { doc, updates }
}

const noDamage = (cause: unknown): never => {
  throw new Error("The log is whole", { cause })
}

function resting(state: Uint8Array): RoomDocument {
  return new RoomDocument({ snapshot: state, updates: [], sequence: 1 }, noDamage)
}

function textOf(doc: Y.Doc): string {
  return doc.getText("codemirror").toString()
}

describe("a room's document", () => {
  test("answers the same from bytes as from a living document, whatever the peer has", () => {
    fc.assert(
      fc.property(edits, fc.nat(40), (list, half) => {
        const { doc, updates } = written(list)
        const peer = new Y.Doc()
        for (const update of updates.slice(0, half)) Y.applyUpdate(peer, update)
        const theirs = Y.encodeStateAsUpdate(peer)
        const vector = Y.encodeStateVector(peer)
        const bytes = resting(Y.encodeStateAsUpdate(doc))
        const living = resting(Y.encodeStateAsUpdate(doc))
        expect(living.doc.getText("codemirror").length).toBe(textOf(doc).length)
        for (const document of [bytes, living]) {
          for (const known of [null, theirs]) {
            const copy = new Y.Doc()
            Y.applyUpdate(copy, theirs)
            Y.applyUpdate(copy, document.missing(vector, known))
            expect(textOf(copy)).toBe(textOf(doc))
            expect(Y.encodeStateAsUpdate(copy)).toEqual(Y.encodeStateAsUpdate(doc))
          }
        }
        expect(bytes.isResting).toBe(true)
        expect(living.isResting).toBe(false)
        expect(bytes.stateVector()).toEqual(living.stateVector())
        expect(bytes.deletions().encoded).toEqual(living.deletions().encoded)
      }),
    )
  })

  test("sends a peer that has everything an empty update, once the peer's deletions are known", () => {
    fc.assert(
      fc.property(edits, (list) => {
        const { doc } = written(list)
        const state = Y.encodeStateAsUpdate(doc)
        const vector = Y.encodeStateVector(doc)
        expect(resting(state).missing(vector, state)).toEqual(Buffer.from([0, 0]))
        const living = resting(state)
        expect(living.doc).toBeDefined()
        expect(living.missing(vector, state)).toEqual(Buffer.from([0, 0]))
      }),
    )
  })

  test("knows what it holds, and stays at rest for it", () => {
    fc.assert(
      fc.property(edits, (list) => {
        const { doc, updates } = written(list)
        const document = resting(Y.encodeStateAsUpdate(doc))
        const applied = document.apply(updates)
        expect(applied).toEqual({ merged: null, errors: updates.map(() => null), isPending: false })
        expect(document.isResting).toBe(true)
      }),
    )
  })

  test("comes to life for what is new, a deletion alone included", () => {
    const doc = new Y.Doc()
    doc.getText("codemirror").insert(0, "high water")
    const document = resting(Y.encodeStateAsUpdate(doc))
    const before = Y.encodeStateVector(doc)
    doc.getText("codemirror").delete(0, 5)
    const update = Y.encodeStateAsUpdate(doc, before)
    const applied = document.apply([update])
    expect(document.isResting).toBe(false)
    expect(applied.merged).not.toBeNull()
    expect(textOf(document.doc)).toBe("water")
  })

  test("says of each update whether it is one, and applies the others", () => {
    const doc = new Y.Doc()
    doc.getText("codemirror").insert(0, "kept")
    const document = new RoomDocument(null, noDamage)
    const { errors, merged } = document.apply([
      Uint8Array.of(1, 200, 200, 200, 7),
      Y.encodeStateAsUpdate(doc),
    ])
    expect(errors.map((error) => error?.code ?? null)).toEqual(["FRAME_TRUNCATED", null])
    expect(merged).not.toBeNull()
    expect(textOf(document.doc)).toBe("kept")
  })

  test("keeps what waits for a predecessor while it rests", () => {
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on("update", (update: Uint8Array) => updates.push(update))
    for (const [index, word] of ["one", " two"].entries()) doc.getText("codemirror").insert(index * 3, word)
    const [one, two] = updates
    if (one === undefined || two === undefined) throw new Error("Two edits are two updates")
    const document = new RoomDocument(null, noDamage)
    expect(document.apply([two])).toMatchObject({ merged: null, isPending: true })
    document.rest(document.state())
    expect(document.isResting).toBe(true)
    document.apply([one])
    expect(textOf(document.doc)).toBe("one two")
  })

  test("is the same in other bytes of its state, and lets go of those it had", () => {
    const { doc } = written([
      { person: 0, place: 0, deletes: 0, text: "high water" },
      { person: 1, place: 0, deletes: 5, text: "low" },
    ])
    const state = Y.encodeStateAsUpdate(doc)
    const document = resting(state.slice())
    const deletions = document.deletions().encoded.slice()
    const others = state.slice()
    document.rest(others)
    expect(document.state()).toBe(others)
    expect(document.stateVector()).toEqual(Y.encodeStateVector(doc))
    expect(document.deletions().encoded).toEqual(deletions)
    expect(document.apply([state])).toEqual({ merged: null, errors: [null], isPending: false })
    expect(textOf(document.doc)).toBe(textOf(doc))
  })

  test("tells of an entry of the log that is none, and keeps the others", () => {
    const doc = new Y.Doc()
    doc.getText("codemirror").insert(0, "whole")
    const causes: unknown[] = []
    const updates = [new Uint8Array(), Y.encodeStateAsUpdate(doc), Uint8Array.of(9, 9)]
    const document = new RoomDocument({ snapshot: null, updates, sequence: 3 }, (cause) => causes.push(cause))
    expect(textOf(document.doc)).toBe("whole")
    expect(causes).toHaveLength(2)
  })

  test("refuses a snapshot that is none", () => {
    expect(() => resting(Uint8Array.of(5, 200, 1))).toThrow()
  })
})

describe("deletions", () => {
  test("without others are those clocks that only these have", () => {
    const ranges = fc.array(fc.tuple(fc.nat(1), fc.nat(60), fc.integer({ min: 1, max: 9 })), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(ranges, ranges, (ours, theirs) => {
        const left = deletionsOf(ours).without(deletionsOf(theirs))
        expect(clocksOf(left)).toEqual(
          new Set([...clocksIn(ours)].filter((clock) => !clocksIn(theirs).has(clock))),
        )
      }),
    )
  })
})

type Ranges = readonly (readonly [client: number, clock: number, length: number])[]

/** Through the bytes of an update without structs, as they come from a peer. */
function deletionsOf(ranges: Ranges): Deletions {
  const bytes = [0, new Set(ranges.map(([client]) => client)).size]
  for (const client of new Set(ranges.map(([client]) => client))) {
    const own = ranges.filter((range) => range[0] === client)
    bytes.push(client, own.length, ...own.flatMap(([, clock, length]) => [clock, length]))
  }
  return Deletions.ofUpdate(Uint8Array.from(bytes))
}

function clocksIn(ranges: Ranges): Set<string> {
  return new Set(
    ranges.flatMap(([client, clock, length]) =>
      Array.from({ length }, (_, index) => `${client}:${clock + index}`),
    ),
  )
}

function clocksOf(deletions: Deletions): Set<string> {
  const update = Uint8Array.of(0, ...deletions.encoded)
  const all = [...Y.decodeUpdate(update).ds.clients].flatMap(([client, items]) =>
    items.map(({ clock, len }) => [client, clock, len] as const),
  )
  return clocksIn(all)
}
