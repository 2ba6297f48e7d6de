import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { AppError, ErrorCode, isErrorCode, unreachable } from "../../protocol/errors.ts"

describe("docs/errors.md", () => {
  const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8")
  const rows = [...page.matchAll(/^\| `(\w+)` +\| (.+?) +\| (.+?) +\|$/gm)]

  test("has every code with its meaning, says what follows, and has no other", () => {
    expect(rows.map(([, code, meaning]) => ({ code, meaning }))).toEqual(
      Object.entries(ErrorCode).map(([code, meaning]) => ({ code, meaning })),
    )
  })
})

describe("an AppError", () => {
  test("has a code for programs, a sentence for people and the cause for the log", () => {
    const cause = new Error("ENOSPC")
    const error = new AppError("STORE_FULL", "The disk is full", { cause })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: "AppError", code: "STORE_FULL", message: "The disk is full", cause })
  })

  test.each(["toString", "constructor", "", "store_full", 7, null])("%j is no code", (value) => {
    expect(isErrorCode(value)).toBe(false)
  })

  test("every code is one", () => {
    expect(Object.keys(ErrorCode).every(isErrorCode)).toBe(true)
  })
})

test("a case that cannot be says which it was", () => {
  // @ts-expect-error a value that the types exclude, as a foreign process may send it
  expect(() => unreachable("sideways")).toThrow('Unhandled case: "sideways"')
})
