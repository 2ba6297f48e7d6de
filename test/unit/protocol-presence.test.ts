import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Limits } from "../../protocol/limits.ts"
import { freePeer, parsePresence, peerColours, presenceUser } from "../../protocol/presence.ts"

describe("a person in awareness", () => {
  test("is read as it was shown", () => {
    for (const peer of peerColours.keys()) {
      const user = presenceUser({ name: "Noor", peer: peer + 1, id: "noor-1" })
      expect(parsePresence({ user, cursor: null }, 7)).toEqual(user)
    }
  })

  test.each([0, 13, 1.5, -1, Number.NaN])("with colour %d gets the first one", (peer) => {
    expect(presenceUser({ name: "Noor", peer, id: "x" })).toMatchObject({
      peer: 1,
      color: peerColours[0].hex,
    })
  })

  test("of a public demo is shown in the nearest colour of the palette", () => {
    const user = { name: "Anonymous 7", color: "#ee6352", colorLight: "#ee635233" }
    expect(parsePresence({ user }, 7)).toEqual({ ...user, peer: 2, id: "client-7" })
  })

  test.each([
    { what: "no colour", user: { name: "Teo" } },
    { what: "a colour by name", user: { name: "Teo", color: "red" } },
    { what: "a style instead of a colour", user: { name: "Teo", color: "url(//x)#000000" } },
    { what: "a number as a colour", user: { name: "Teo", color: 3 } },
  ])("with $what is shown in slate", ({ user }) => {
    expect(parsePresence({ user }, 7)).toMatchObject({ name: "Teo", color: "#5e7583", peer: 11 })
  })

  test.each([
    { what: "a number as id", extra: { id: 12 } },
    { what: "an empty id", extra: { id: "" } },
    { what: "an endless id", extra: { id: "x".repeat(65) } },
    { what: "a peer of its own meaning", extra: { peer: "left" } },
    { what: "a peer outside the palette", extra: { peer: 99 } },
  ])("with $what is shown all the same", ({ extra }) => {
    expect(parsePresence({ user: { name: "Teo", color: "#2365d1", ...extra } }, 7)).toMatchObject({
      name: "Teo",
      peer: 1,
      id: "client-7",
    })
  })

  test("without a name is a guest, and a long name is cut", () => {
    expect(parsePresence({ user: { name: "  " } }, 7)?.name).toBe("Guest")
    expect(parsePresence({ user: { name: "x".repeat(500) } }, 7)?.name).toHaveLength(Limits.personNameLength)
  })

  test("keeps an alpha out of the light colour", () => {
    expect(parsePresence({ user: { name: "Teo", color: "#11223344" } }, 7)?.colorLight).toBe("#11223333")
  })

  test.each([
    null,
    undefined,
    7,
    "Teo",
    [],
    {},
    { user: null },
    { user: "Teo" },
    { user: { name: 7 } },
    { user: [] },
  ])("is not to be seen in %j", (state) => {
    expect(parsePresence(state, 7)).toBeNull()
  })

  test("never throws, whatever a stranger shows", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (state, user) => {
        parsePresence(state, 1)
        const person = parsePresence({ user }, 1)
        if (person !== null)
          expect(person).toMatchObject({ name: expect.any(String), id: expect.any(String) })
      }),
    )
  })
})

describe("the next free colour", () => {
  test.each([
    { used: [], free: 1 },
    { used: [1, 2, 4], free: 3 },
    { used: [1, 1, 1], free: 2 },
    { used: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], free: 1 },
    { used: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2], free: 3 },
    { used: [0, 99], free: 1 },
  ])("beside $used is $free", ({ used, free }) => {
    expect(freePeer(used)).toBe(free)
  })
})
