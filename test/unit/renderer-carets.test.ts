import { ChangeSet } from "@codemirror/state"
import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import { presenceUser } from "../../protocol/presence.ts"
import { type PlacementInput, placeName } from "../../renderer/editor/caret-placement.ts"
import { RemoteCursors } from "../../renderer/editor/remote-cursors.ts"
import { writeCursor } from "../../renderer/editor/shared-cursor.ts"
import { TextBinding } from "../../renderer/editor/text-binding.ts"

const user = presenceUser({ name: "Noor", peer: 3, id: "noor" })

describe("remote cursors", () => {
  function twoCopies(words: string) {
    const theirs = new Y.Doc()
    theirs.getText("codemirror").insert(0, words)
    const ours = new Y.Doc()
    Y.applyUpdate(ours, Y.encodeStateAsUpdate(theirs))
    const binding = new TextBinding(ours.getText("codemirror"), {})
    return { theirs, ours, binding, cursors: new RemoteCursors(binding, ours.clientID) }
  }

  /** As it arrives: through JSON. */
  const sent = (doc: Y.Doc, anchor: number, head: number): unknown => {
    const binding = new TextBinding(doc.getText("codemirror"), {})
    return JSON.parse(JSON.stringify({ user, cursor: writeCursor(binding, { anchor, head }) }))
  }

  test("stand where their owner put them", () => {
    const { theirs, cursors } = twoCopies("hello world")
    cursors.statesChanged([7], new Map([[7, sent(theirs, 2, 5)]]), 1000)
    expect(cursors.list()).toEqual([{ clientId: 7, user, anchor: 2, head: 5, movedAt: 1000 }])
  })

  test("are carried along by others' words without counting as moved", () => {
    const { theirs, cursors } = twoCopies("hello world")
    cursors.statesChanged([7], new Map([[7, sent(theirs, 5, 5)]]), 1000)
    const changes = ChangeSet.of({ from: 0, insert: "oh " }, 11)
    expect(cursors.textChanged(changes, { remote: true, now: 2000 })).toEqual([])
    expect(cursors.get(7)).toMatchObject({ head: 8, movedAt: 1000 })
  })

  test("count as moved when words arrive right where they stand", () => {
    const { theirs, cursors } = twoCopies("hello world")
    cursors.statesChanged([7], new Map([[7, sent(theirs, 5, 5)]]), 1000)
    const changes = ChangeSet.of({ from: 5, insert: "," }, 11)
    expect(cursors.textChanged(changes, { remote: true, now: 2000 })).toEqual([7])
    expect(cursors.get(7)).toMatchObject({ head: 6, movedAt: 2000 })
  })

  test("appear when the words that they stand in arrive", () => {
    const { theirs, ours, cursors } = twoCopies("hello")
    theirs.getText("codemirror").insert(5, " world")
    const states = new Map([[7, sent(theirs, 8, 8)]])
    cursors.statesChanged([7], states, 1000)
    expect(cursors.list()).toEqual([])
    Y.applyUpdate(ours, Y.encodeStateAsUpdate(theirs))
    cursors.textChanged(ChangeSet.of({ from: 5, insert: " world" }, 5), { remote: true, now: 2000 })
    expect(cursors.get(7)).toMatchObject({ head: 8 })
  })

  test("go with their owner, and change with the owner's name and colour", () => {
    const { theirs, cursors } = twoCopies("hello")
    const state = sent(theirs, 1, 1)
    cursors.statesChanged([7], new Map([[7, state]]), 1000)
    const renamed = presenceUser({ name: "Nour", peer: 4, id: "noor" })
    cursors.statesChanged([7], new Map([[7, Object.assign({}, state, { user: renamed })]]), 2000)
    expect(cursors.get(7)).toMatchObject({ user: { name: "Nour", peer: 4 }, movedAt: 1000 })
    cursors.statesChanged([7], new Map(), 3000)
    expect(cursors.list()).toEqual([])
  })

  test("of another text, or of nonsense, are not shown and make no text", () => {
    const { ours, cursors } = twoCopies("hello")
    const position = { type: null, tname: "other", item: null, assoc: 0 }
    const states = new Map<number, unknown>([
      [7, { user, cursor: { anchor: position, head: position } }],
      [8, { user, cursor: { anchor: "here", head: 3 } }],
      [9, { user, cursor: null }],
    ])
    cursors.statesChanged([7, 8, 9], states, 1000)
    expect(cursors.list()).toEqual([])
    expect([...ours.share.keys()]).toEqual(["codemirror"])
  })
})

describe("a caret's name", () => {
  const visible = { left: 0, top: 0, right: 600, bottom: 800 }
  const caretAt = (left: number, top: number) => ({ left, top, right: left + 2, bottom: top + 20 })
  const base: PlacementInput = {
    caret: caretAt(300, 300),
    nameWidth: 50,
    atLineEnd: false,
    visible,
    own: null,
  }

  test.each<[string, Partial<PlacementInput>, string]>([
    ["stands above", {}, "above"],
    ["stands beside the caret at a line's end", { atLineEnd: true }, "end"],
    ["flips at the right edge", { caret: caretAt(590, 300) }, "flip"],
    ["flips at a line's end that is near the edge", { caret: caretAt(580, 300), atLineEnd: true }, "flip"],
    ["goes below the first line on the screen", { caret: caretAt(300, 4) }, "below"],
    ["gives way to the own caret above", { own: caretAt(320, 280) }, "flip"],
    ["gives way to the own caret at a line's end", { atLineEnd: true, own: caretAt(320, 308) }, "above"],
  ])("%s", (_name, change, place) => {
    expect(placeName({ ...base, ...change })).toBe(place)
  })

  test("is not shown rather than stand over the own caret", () => {
    const own = { left: 200, right: 400, top: 200, bottom: 400 }
    expect(placeName({ ...base, own })).toBe("hidden")
  })
})
