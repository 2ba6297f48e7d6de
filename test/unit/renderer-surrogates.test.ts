import { Text } from "@codemirror/state"
import { expect, test } from "vitest"
import { splitsCharacter, wellFormed } from "../../renderer/editor/surrogates.ts"

test.each([
  ["plain", "plain"],
  ["\u{1F600}\u{1F601}", "\u{1F600}\u{1F601}"],
  ["a\ud83d", "a\ufffd"],
  ["\ude00b", "\ufffdb"],
  ["\ud83d\ud83d\ude00", "\ufffd\u{1F600}"],
  ["\ude00\ud83d", "\ufffd\ufffd"],
])("%j is sent as %j", (text, sent) => {
  expect(wellFormed(text)).toBe(sent)
})

test("a position between the halves of a character splits it, and no other", () => {
  const doc = Text.of(["a\u{1F600}b", "\u{1F600}"])
  const splitting = Array.from({ length: doc.length + 1 }, (_, position) => position).filter((position) =>
    splitsCharacter(doc, position),
  )
  expect(splitting).toEqual([2, 6])
})
