import { ChangeSet, EditorState } from "@codemirror/state"
import fc from "fast-check"
import { expect, test } from "vitest"
import { countWords, WordCount } from "../../renderer/editor/word-count.ts"

test.each([
  ["", 0],
  ["# How high, and when", 4],
  ["don't re-enter the **bold** one", 5],
  ["1,204 words", 3],
  ["漢字とかな", 5],
  ["한국어 두 단어", 3],
  ["日本 and words", 4],
  ["e\u0301te\u0301 naïve", 2],
  ["--- *** ###", 0],
])("%s has %i words", (text, words) => {
  expect(countWords(text)).toBe(words)
})

test("the running count is the count of the whole text, whatever was changed", () => {
  const piece = fc.array(fc.constantFrom("word", " ", "\n", "don't", "漢", "-", "\u{1F600}"), {
    maxLength: 12,
  })
  const edits = fc.array(fc.tuple(fc.nat(200), fc.nat(30), piece), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(piece, fc.array(edits, { maxLength: 6 }), (initial, rounds) => {
      let state = EditorState.create({ doc: initial.join("") })
      const words = new WordCount(state.doc)
      for (const round of rounds) {
        const length = state.doc.length
        const changes = ChangeSet.of(
          round
            .map(([at, erase, insert]) => {
              const from = Math.min(at, length)
              return ChangeSet.of(
                { from, to: Math.min(from + erase, length), insert: insert.join("") },
                length,
              )
            })
            .slice(0, 1),
          length,
        )
        const transaction = state.update({ changes })
        words.changed({ changes: transaction.changes, startState: state, state: transaction.state })
        state = transaction.state
        expect(words.total).toBe(countWords(state.doc.toString()))
      }
    }),
  )
})
