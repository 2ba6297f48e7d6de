import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { AppError } from "../../protocol/errors.ts"
import {
  formatDeepLink,
  formatInviteLink,
  type Invite,
  parseInviteLink,
  webSocketOrigin,
} from "../../protocol/invite.ts"
import { Limits } from "../../protocol/limits.ts"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import { errorOf } from "../fixtures/error-of.ts"

const token = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiZWRpdG9yIn0.Zm9v-_"

const origin = fc.constantFrom(
  "http://127.0.0.1:1234",
  "http://[::1]:1234",
  "http://[fe80::1:2]",
  "http://[::ffff:192.0.2.1]:80",
  "https://notes.tidewater.example",
  "http://mira-laptop.local:65535",
  "https://xn--bcher-kva.example:443",
)

const room: fc.Arbitrary<RoomName> = fc
  .oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }),
    fc.constantFrom(
      "a/b/c.md",
      "#1",
      "x&token=y",
      "room=1",
      "%41",
      "a b+c",
      "?",
      "Ébb & flood/潮.md",
      "👩‍👩‍👧/tide",
    ),
  )
  .filter((text) => !(errorFree(() => parseRoomName(text)) instanceof Error))
  .map((text) => parseRoomName(text))

function errorFree(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

const invite: fc.Arbitrary<Invite> = fc.record({
  origin,
  room: fc.option(room),
  token: fc.stringMatching(/^[A-Za-z0-9_-]{1,200}\.[A-Za-z0-9_-]{1,200}\.[A-Za-z0-9_-]{1,50}$/),
})

describe("an invite link", () => {
  test("is read as it was written, plain and as a deep link", () => {
    fc.assert(
      fc.property(invite, (written) => {
        expect(parseInviteLink(formatInviteLink(written))).toEqual(written)
        expect(parseInviteLink(formatDeepLink(written))).toEqual(written)
      }),
    )
  })

  test("as long as the limit is read in both forms, whatever the room's letters cost", () => {
    const long = parseRoomName("%".repeat(Limits.roomNameBytes))
    const bare = formatInviteLink({ origin: "http://[::1]:1234", room: long, token: "a.b.c" }).length
    const written = {
      origin: "http://[::1]:1234",
      room: long,
      token: `a.b.${"c".repeat(Limits.inviteLinkLength - bare + 1)}`,
    }
    expect(formatInviteLink(written)).toHaveLength(Limits.inviteLinkLength)
    expect(parseInviteLink(formatInviteLink(written))).toEqual(written)
    expect(parseInviteLink(formatDeepLink(written))).toEqual(written)
  })

  test("keeps room and token in the fragment, which no server sees", () => {
    const url = new URL(formatInviteLink({ origin: "http://h:1", room: parseRoomName("a?b/c"), token }))
    expect(url.pathname + url.search).toBe("/")
  })

  test.each([
    { how: "with spaces round it", text: `  http://h:1/#room=a&token=${token}\n` },
    { how: "without the slash", text: `http://h:1#room=a&token=${token}` },
    { how: "with the parts turned round", text: `http://h:1/#token=${token}&room=a` },
    { how: "with a part that a later version may add", text: `http://h:1/#room=a&token=${token}&mode=x` },
    { how: "in capitals", text: `HTTP://H:1/#room=a&token=${token}` },
    { how: "with a query of somebody's tracker", text: `http://h:1/?utm_source=mail#room=a&token=${token}` },
    {
      how: "as a deep link with a slash",
      text: `manyhands://join/?link=${encodeURIComponent(`http://h:1/#room=a&token=${token}`)}`,
    },
    {
      how: "as a deep link in capitals",
      text: `MANYHANDS://JOIN?link=${encodeURIComponent(`http://h:1/#room=a&token=${token}`)}`,
    },
  ])("is read $how", ({ text }) => {
    expect(parseInviteLink(text)).toEqual({ origin: "http://h:1", room: "a", token })
  })

  test("without a room is good for every room", () => {
    expect(parseInviteLink(`https://h/#token=${token}`).room).toBeNull()
  })

  test.each([
    { what: "nothing", text: "" },
    { what: "a sentence", text: "Join us at noon" },
    { what: "a page", text: "https://example.org/" },
    { what: "no token", text: "http://h:1/#room=a" },
    { what: "an empty token", text: "http://h:1/#room=a&token=" },
    { what: "half a token", text: "http://h:1/#room=a&token=eyJh.eyJy" },
    { what: "a token with something behind it", text: `http://h:1/#room=a&token=${token}.` },
    { what: "a page of a site", text: `http://h:1/page#room=a&token=${token}` },
    { what: "another scheme", text: `ftp://h:1/#room=a&token=${token}` },
    { what: "a script", text: `javascript:alert(1)//#room=a&token=${token}` },
    { what: "a password in the host", text: `http://u:p@h:1/#room=a&token=${token}` },
    { what: "a port that does not exist", text: `http://h:65536/#room=a&token=${token}` },
    { what: "a port that is no number", text: `http://h:1a/#room=a&token=${token}` },
    { what: "half an IPv6 address", text: `http://[::1/#room=a&token=${token}` },
    { what: "a backslash in the host", text: `http://h\\h/#room=a&token=${token}` },
    { what: "a percent sign in the host", text: `http://h%2Fh/#room=a&token=${token}` },
    { what: "a space in the host", text: `http://h h/#room=a&token=${token}` },
    { what: "a reserved room", text: `http://h:1/#room=.secret&token=${token}` },
    { what: "a control character in the room", text: `http://h:1/#room=a%0Ab&token=${token}` },
    { what: "a room that is too long", text: `http://h:1/#room=${"a".repeat(513)}&token=${token}` },
    { what: "a deep link to nothing", text: "manyhands://join" },
    { what: "a deep link to another place", text: `manyhands://open?link=x` },
    {
      what: "a deep link in a deep link",
      text: `manyhands://join?link=${encodeURIComponent("manyhands://join?link=x")}`,
    },
    { what: "more than a link can be", text: `http://h:1/#room=a&token=${"a".repeat(5000)}.b.c` },
  ])("is refused when it is $what", ({ text }) => {
    expect(errorOf(() => parseInviteLink(text))).toMatchObject({
      name: "AppError",
      code: "INVITE_LINK_INVALID",
    })
  })

  test("throws nothing but INVITE_LINK_INVALID, whatever is pasted", () => {
    const pasted = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.string({ unit: "binary" }).map((tail) => `http://h:1/#room=${tail}`),
      fc.string({ unit: "binary" }).map((tail) => `manyhands://join?link=${tail}`),
      fc.tuple(invite, fc.nat()).map(([written, at]) => {
        const link = formatInviteLink(written)
        return link.slice(0, at % link.length)
      }),
    )
    fc.assert(
      fc.property(pasted, (text) => {
        const result = errorFree(() => parseInviteLink(text))
        if (result instanceof Error) {
          expect(result).toBeInstanceOf(AppError)
          expect(result).toMatchObject({ code: "INVITE_LINK_INVALID" })
        }
      }),
      { numRuns: 500 },
    )
  })
})

test.each([
  { origin: "http://h:1", socket: "ws://h:1" },
  { origin: "https://[::1]:2", socket: "wss://[::1]:2" },
  { origin: "https://http.example", socket: "wss://http.example" },
])("the sockets of $origin are at $socket", ({ origin: from, socket }) => {
  expect(webSocketOrigin(from)).toBe(socket)
})
