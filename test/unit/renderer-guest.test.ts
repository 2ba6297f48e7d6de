import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { formatInviteLink, parseInviteLink } from "../../protocol/invite.ts"
import { parseRoomName } from "../../protocol/room-name.ts"
import { hostWords } from "../../renderer/guest/guest-host.ts"
import {
  formatArrival,
  formatGuestLink,
  readArrival,
  readGuestFile,
  readGuestLink,
} from "../../renderer/guest/guest-link.ts"
import { tokenClaims } from "../../renderer/session/token-claims.ts"
import { greeting } from "../../renderer/ui/greeting.ts"
import { timeWords } from "../../renderer/ui/time-words.ts"

describe("the guest's address", () => {
  test("is read as the host wrote it", () => {
    const invite = {
      origin: "http://10.0.0.7:4000",
      room: parseRoomName("Field notes/2 & 3"),
      token: "a.b.c",
    }
    const { hash } = new URL(formatInviteLink(invite))
    expect(readGuestLink(hash)).toEqual({ room: invite.room, token: invite.token })
  })

  test("comes back as it was written, whatever is in it", () => {
    const part = fc.option(fc.string({ unit: "grapheme", minLength: 1 }))
    fc.assert(
      fc.property(part, part, (room, token) => {
        expect(readGuestLink(formatGuestLink({ room, token }))).toEqual({ room, token })
      }),
    )
  })

  test("never throws, whatever stands in it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (hash) => {
        const { token } = readGuestLink(hash)
        tokenClaims(token)
      }),
    )
  })

  test("a pasted link opens the same", () => {
    const link = "http://10.0.0.7:4000/#room=x&token=a.b.c"
    const { room, token } = parseInviteLink(link)
    expect(formatGuestLink({ room, token })).toBe("#room=x&token=a.b.c")
  })

  test("names who gave a token, and nobody for what is no token", () => {
    const payload = Buffer.from(JSON.stringify({ by: "Zoë", role: "editor", jti: "1" })).toString("base64url")
    expect(tokenClaims(`e30.${payload}.x`).by).toBe("Zoë")
    expect(tokenClaims("nonsense")).toEqual({})
    expect(tokenClaims(null)).toEqual({})
  })
})

test.each([
  ["192.168.1.4", "Mira", "Mira’s computer"],
  ["[fe80::1]", "", "the host’s computer"],
  ["notes.tidewater.example", "Mira", "notes.tidewater.example"],
])("the host at %s, shared by %j, is called %s", (hostname, by, name) => {
  expect(hostWords(hostname, { by, hostKind: "computer" }).name).toBe(name)
})

test.each([
  [3, "Still up, Mira"],
  [8, "Good morning, Mira"],
  [12, "Good afternoon, Mira"],
  [21, "Good evening, Mira"],
])("at %i o'clock the greeting is %s", (hour, words) => {
  expect(greeting(hour, "Mira")).toBe(words)
})

describe("times", () => {
  const now = new Date(2026, 10, 24, 18, 0).getTime()
  test.each([
    [new Date(2026, 10, 24, 17, 59, 30), "just now"],
    [new Date(2026, 10, 24, 17, 48), "12 min ago"],
    [new Date(2026, 10, 24, 10, 42), "10:42"],
    [new Date(2026, 10, 23, 23, 59), "yesterday"],
    [new Date(2026, 10, 21, 12, 0), "Saturday"],
    [new Date(2026, 10, 3, 12, 0), "3 November"],
    [new Date(2025, 10, 3, 12, 0), "3 November 2025"],
  ])("%s is %s", (then, words) => {
    expect(timeWords(then.getTime(), now)).toBe(words)
  })
})

describe("somebody who comes from a former host", () => {
  const link = { room: ".folders/abc", token: "a.b.c" }

  test("has the same name, colour and file there", () => {
    const hash = formatArrival({ link, file: "abc/def", guest: { name: "Inés & Jo", peer: 5 } })
    expect(readArrival(hash)).toEqual({ name: "Inés & Jo", peer: 5 })
    expect(readGuestLink(hash)).toEqual(link)
    expect(readGuestFile(hash)).toBe("abc/def")
  })

  test.each([
    "#room=a",
    "#room=a&name=&peer=1",
    "#room=a&name=Kit&peer=0",
    "#room=a&name=Kit&peer=99",
    "#room=a&name=Kit",
  ])("%s is nobody", (hash) => expect(readArrival(hash)).toBe(null))
})
