import { expect, test } from "vitest"
import { isRewritten } from "../../sync-server/mirror/rewritten.ts"

const words = (kind: string, count: number) =>
  Array.from({ length: count }, (_, number) => `${kind}${number}`).join(" ")

test("a text with next to none of the old words is a new one", () => {
  expect(isRewritten(words("old", 50), words("new", 50))).toBe(true)
  expect(isRewritten(words("old", 50), `${words("new", 45)} ${words("old", 9)}`)).toBe(true)
})

test("a text of which a fifth stayed was edited, wherever that stands", () => {
  expect(isRewritten(words("old", 50), `${words("new", 45)} ${words("old", 10)} ${words("more", 5)}`)).toBe(
    false,
  )
  expect(isRewritten(words("old", 50), `${words("old", 12)} ${words("new", 48)}`)).toBe(false)
})

test("of a few words nothing is said", () => {
  expect(isRewritten(words("old", 39), words("new", 500))).toBe(false)
  expect(isRewritten(words("old", 500), words("new", 39))).toBe(false)
  expect(isRewritten(words("old", 40), words("new", 40))).toBe(true)
})
