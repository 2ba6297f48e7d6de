import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { CloseCode, isFinal } from "../../protocol/close-code.ts"
import { isRole, mayEnter, mayWrite, type Role, roles } from "../../protocol/role.ts"
import { parseRoomName, roomNameFromPath } from "../../protocol/room-name.ts"
import { errorOf } from "../fixtures/error-of.ts"

const refused = { name: "AppError", code: "ROOM_NAME_INVALID" }

describe("a room name", () => {
  test.each([
    "a",
    "a/b.md",
    "/",
    "a//b",
    " ",
    "..a".slice(2),
    ".comments/a",
    "notes.",
    "%",
    "潮",
    "👩‍👩‍👧",
    "a\u00a0b",
  ])("may be %j", (name) => {
    expect(parseRoomName(name)).toBe(name)
  })

  test.each([
    "",
    ".",
    "..",
    ".hidden",
    ".commentsX",
    "../a",
    "a\nb",
    "a\u0000",
    "a\u007f",
    "\u0085",
    "\ud800",
    "a\udc00b",
  ])("may not be %j", (name) => {
    expect(errorOf(() => parseRoomName(name))).toMatchObject(refused)
  })

  test.each([
    { letter: "a", most: 512 },
    { letter: "é", most: 256 },
    { letter: "潮", most: 170 },
    { letter: "😀", most: 128 },
  ])("holds $most times $letter and not one more: bytes count", ({ letter, most }) => {
    expect(parseRoomName(letter.repeat(most))).toHaveLength(letter.length * most)
    expect(errorOf(() => parseRoomName(letter.repeat(most + 1)))).toMatchObject(refused)
  })

  test("of exactly 512 bytes with letters of several bytes is taken, of 513 not", () => {
    expect(parseRoomName(`${"潮".repeat(170)}aa`)).toHaveLength(172)
    expect(errorOf(() => parseRoomName(`${"潮".repeat(170)}aaa`))).toMatchObject(refused)
  })

  test("is the decoded path without its first slash", () => {
    expect(roomNameFromPath("/a%2Fb%20c/%E6%BD%AE")).toBe("a/b c/潮")
    expect(roomNameFromPath("//a")).toBe("/a")
    expect(roomNameFromPath("/%2525")).toBe("%25")
  })

  test("comes back from the path that a client makes of it", () => {
    const name = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
      .filter((text) => !/[\p{Cc}\p{Cs}]|^\./u.test(text))
    fc.assert(
      fc.property(name, (text) => {
        expect(roomNameFromPath(`/${encodeURIComponent(text)}`)).toBe(text)
      }),
    )
  })

  test.each(["/", "", "/%", "/%E6%BD", "/%00", "/%2E%2E", "/.well-known"])(
    "is refused from the path %j",
    (path) => {
      expect(errorOf(() => roomNameFromPath(path))).toMatchObject(refused)
    },
  )
})

describe("roles", () => {
  const writes: Record<Role, { text: boolean; comments: boolean }> = {
    owner: { text: true, comments: true },
    editor: { text: true, comments: true },
    commenter: { text: false, comments: true },
    viewer: { text: false, comments: false },
  }

  test.each(roles)("%s", (role) => {
    expect(mayWrite(role, "tides")).toBe(writes[role].text)
    expect(mayWrite(role, ".comments/tides")).toBe(writes[role].comments)
    expect(isRole(role)).toBe(true)
  })

  test.each(["", "Owner", "admin", null, undefined, 0, ["owner"], {}])("%j is none", (value) => {
    expect(isRole(value)).toBe(false)
  })

  test.each([
    { tokenRoom: undefined, room: "tides", enters: true },
    { tokenRoom: undefined, room: ".comments/tides", enters: true },
    { tokenRoom: "tides", room: "tides", enters: true },
    { tokenRoom: "tides", room: ".comments/tides", enters: true },
    { tokenRoom: "tides", room: "tides2", enters: false },
    { tokenRoom: "tides", room: "Tides", enters: false },
    { tokenRoom: "tides", room: ".comments/tides2", enters: false },
    { tokenRoom: ".comments/tides", room: "tides", enters: false },
  ])("a token for $tokenRoom, the room $room: $enters", ({ tokenRoom, room, enters }) => {
    expect(mayEnter(tokenRoom, room)).toBe(enters)
  })
})

describe("close codes", () => {
  test.each([
    { name: "Normal", final: false },
    { name: "TooBig", final: false },
    { name: "Draining", final: false },
    { name: "Overloaded", final: false },
    { name: "Malformed", final: true },
    { name: "Unauthorized", final: true },
    { name: "Forbidden", final: true },
    { name: "NoSuchRoom", final: true },
  ] as const)("$name ends it for good: $final", ({ name, final }) => {
    expect(isFinal(CloseCode[name])).toBe(final)
  })

  test.each([1005, 1006, 1008, 1011, 4000, 4399, 4500])("a client comes back after %i", (code) => {
    expect(isFinal(code)).toBe(false)
  })

  test.each([4400, 4499])("a client stays away after %i", (code) => {
    expect(isFinal(code)).toBe(true)
  })
})
