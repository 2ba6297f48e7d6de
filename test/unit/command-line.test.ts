import { describe, expect, test } from "vitest"
import { Limits } from "../../protocol/limits.ts"
import { parseCommand } from "../../sync-server/command-line.ts"

describe("the command line", () => {
  test("serves when nothing is said", () => {
    expect(parseCommand([])).toEqual({ name: "serve" })
    expect(parseCommand(["serve"])).toEqual({ name: "serve" })
  })

  test.each([
    ["30m", 1_800],
    ["12h", 43_200],
    ["7d", 604_800],
    ["45s", 45],
  ])("reads --expires %s as seconds", (text, seconds) => {
    const command = parseCommand(["invite", "--role", "editor", "--expires", text])
    expect(command).toMatchObject({ name: "invite", options: { expiresIn: seconds } })
  })

  test("takes the longest name that an invite carries", () => {
    const name = "x".repeat(Limits.personNameLength)
    expect(parseCommand(["invite", "--role", "editor", "--name", name])).toMatchObject({ options: { name } })
  })

  test("reads everything about an invite", () => {
    const args = [
      "invite",
      "--role",
      "viewer",
      "--room",
      "a/b",
      "--uses",
      "3",
      "--name",
      "Ada",
      "--url",
      "https://notes.example/x",
      "--token",
    ]
    expect(parseCommand(args)).toEqual({
      name: "invite",
      options: {
        role: "viewer",
        room: "a/b",
        expiresIn: null,
        uses: 3,
        name: "Ada",
        url: "https://notes.example",
        onlyToken: true,
      },
    })
  })

  test.each([
    [["dance"], "dance"],
    [["serve", "now"], "now"],
    [["invite"], "--role"],
    [["invite", "--role", "king"], "king"],
    [["invite", "--role", "editor", "--expires", "soon"], "soon"],
    [["invite", "--role", "editor", "--expires", "0d"], "0d"],
    [["invite", "--role", "editor", "--uses", "0"], "--uses"],
    [["invite", "--role", "editor", "--url", "ftp://x"], "ftp"],
    [["invite", "--role", "editor", "--colour", "red"], "colour"],
    [["invite", "--role", "editor", "--name", "x".repeat(Limits.personNameLength + 1)], "--name"],
  ])("refuses %j and says why", (args, part) => {
    expect(() => parseCommand(args)).toThrowError(part)
  })
})
