import fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import { mergeEdits, mergeIntoText } from "../../sync-server/mirror/merge.ts"
import { type Change, changesBetween } from "../../sync-server/mirror/text-diff.ts"

function merge(base: string | null, disk: string, live: string): string {
  const doc = new Y.Doc()
  const text = doc.getText("codemirror")
  text.insert(0, live)
  doc.transact(() => mergeIntoText(text, { base, disk }))
  return text.toString()
}

function apply(text: string, changes: readonly Change[]): string {
  const parts: string[] = []
  let at = 0
  for (const { from, to, text: put } of changes) {
    parts.push(text.slice(at, from), put)
    at = to
  }
  return parts.join("") + text.slice(at)
}

const words = [
  "tide",
  "salt",
  "the",
  "a",
  "estuary",
  "née",
  "海",
  "🦀",
  "👩‍🚀",
  "x",
  ",",
  ".",
  " ",
  "  ",
  "\n",
  "\n\n",
  "# ",
]
const prose = fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((parts) => parts.join(""))
const anyText = fc.oneof(prose, fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }))

describe("changesBetween", () => {
  test("leads from one text to the other", () => {
    fc.assert(
      fc.property(anyText, anyText, (before, after) => {
        expect(apply(before, changesBetween(before, after))).toBe(after)
      }),
      { numRuns: 2000 },
    )
  })

  test("never ends within a surrogate pair", () => {
    const crabs = fc
      .array(fc.constantFrom("🦀", "🦁", "🐙", "a", " ", "\n"), { maxLength: 12 })
      .map((parts) => parts.join(""))
    fc.assert(
      fc.property(crabs, crabs, (before, after) => {
        for (const { from, to, text } of changesBetween(before, after)) {
          const pieces = [before.slice(0, from), before.slice(from, to), before.slice(to), text]
          for (const piece of pieces) expect(piece).not.toMatch(/\p{Surrogate}/u)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test("says that a word grew, and where", () => {
    expect(changesBetween("one\ntwo wor\n", "one\ntwo world\n")).toEqual([{ from: 11, to: 11, text: "ld" }])
  })

  test("does not piece a word together from the letters of another", () => {
    expect(changesBetween("a brown cat\n", "a blown bat\n")).toEqual([{ from: 2, to: 11, text: "blown bat" }])
  })

  test("finds one changed word in a line of a megabyte", () => {
    const long = "word ".repeat(100_000)
    const changes = changesBetween(`${long}old ${long}`, `${long}new ${long}`)
    expect(changes).toEqual(
      [{ from: 500_000, to: 503, text: "new" }].map((change) => ({ ...change, to: 500_003 })),
    )
  })

  test("keeps the lines that stayed when thousands of others were rewritten", () => {
    const before = Array.from({ length: 20_000 }, (_, at) =>
      at % 10 === 0 ? `stays ${at}\n` : `old ${at}\n`,
    )
    const after = before.map((line) => line.replace("old", "entirely new"))
    const changes = changesBetween(before.join(""), after.join(""))
    expect(apply(before.join(""), changes)).toBe(after.join(""))
    expect(changes.every(({ text }) => !text.includes("stays"))).toBe(true)
  })
})

describe("changesBetween, of very long texts", () => {
  test("takes lines for what those in their place have become, where comparing words is too much", () => {
    const lines = Array.from({ length: 40_000 }, (_, at) => `line ${at} of many\n`)
    const changes = changesBetween(lines.join(""), lines.map((line) => `  ${line}`).join(""))
    expect(changes).toHaveLength(lines.length)
    expect(changes.every(({ from, to, text }) => from === to && text === "  ")).toBe(true)
  })

  test("leads from one to the other whatever they are", () => {
    const distinct = (count: number, what: string) =>
      Array.from({ length: count }, (_, at) => `${what} ${at}`).join("\n")
    const reversed = distinct(200_000, "a").split("\n").reverse().join("\n")
    const pairs: [string, string][] = [
      [distinct(200_000, "a"), reversed],
      [distinct(200_000, "a"), distinct(150_000, "b")],
      ["x\n".repeat(1_000_000), "y\n".repeat(1_000_000)],
      ["x ".repeat(1_000_000), "y ".repeat(1_000_000)],
    ]
    for (const [before, after] of pairs)
      expect(apply(before, changesBetween(before, after)) === after).toBe(true)
  })
})

describe("merge", () => {
  test("an unchanged disk changes nothing", () => {
    fc.assert(
      fc.property(anyText, anyText, (base, live) => {
        expect(mergeEdits({ base, disk: base, live })).toEqual([])
      }),
    )
  })

  test("a document that nobody changed becomes what is on disk", () => {
    fc.assert(
      fc.property(prose, prose, (base, disk) => {
        expect(merge(base, disk, base)).toBe(disk)
      }),
      { numRuns: 1000 },
    )
  })

  test("the same change on both sides is made once", () => {
    fc.assert(
      fc.property(prose, prose, (base, both) => {
        expect(merge(base, both, both)).toBe(both)
      }),
    )
    expect(merge("one\ntwo\n", "one\ntwo\nthree\n", "zero\none\ntwo\nthree\n")).toBe(
      "zero\none\ntwo\nthree\n",
    )
  })

  test("an edit of another line leaves the line being typed alone", () => {
    expect(merge("one\ntwo\n", "ONE\ntwo\n", "one\ntwo is being typ\n")).toBe("ONE\ntwo is being typ\n")
  })

  test("edits of one line are joined by the word", () => {
    expect(merge("the tide comes in\n", "the tide comes in at noon\n", "the high tide comes in\n")).toBe(
      "the high tide comes in at noon\n",
    )
    expect(merge("two wor\n", "two Wor\n", "two world\n")).toBe("two World\n")
  })

  test("a word that both changed stays in both forms", () => {
    expect(merge("see the crab here\n", "see the heron here\n", "see the otter here\n")).toBe(
      "see the otter heron here\n",
    )
  })

  test("a line that another program deleted keeps what a person put into it", () => {
    expect(merge("one\ntwo\nthree\n", "one\nthree\n", "one\ntwo and mine\nthree\n")).toBe(
      "one\n and mine\nthree\n",
    )
  })

  test("lines that both put at one place stay lines", () => {
    expect(merge("one\n", "one\nfrom disk\n", "one\ntyped, no line end yet")).toBe(
      "one\ntyped, no line end yet\nfrom disk\n",
    )
    expect(merge("one\ntwo\n", "one\nfrom disk\ntwo\n", "one\ntyped before two\n")).toBe(
      "one\nfrom disk\ntyped before two\n",
    )
    expect(merge("one\ntwo\n", "one\nfrom disk\ntwo\n", "one\ntyped\ntwo\n")).toBe(
      "one\ntyped\nfrom disk\ntwo\n",
    )
  })

  test("without a base, nothing that either side has is lost", () => {
    expect(merge(null, "one\nfrom disk\nthree\n", "one\nthree\ntyped\n")).toBe(
      "one\nfrom disk\nthree\ntyped\n",
    )
  })
})

describe("merge, judged by unique tokens", () => {
  const lines = fc.array(
    fc.array(fc.constantFrom("tide", "salt", "reed", "otter", "the", "of"), { minLength: 0, maxLength: 6 }),
    { minLength: 1, maxLength: 14 },
  )
  const text = lines.map((all) => `${all.map((line) => line.join(" ")).join("\n")}\n`)

  interface Step {
    at: number
    remove: number
    how: "word" | "line" | "inside"
  }
  const steps = fc.array(
    fc.record({
      at: fc.nat(400),
      remove: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(25)),
      how: fc.constantFrom<Step["how"][]>("word", "line", "inside"),
    }),
    { maxLength: 8 },
  )

  /** Edits as a hand or a program does, never taking away a token of its own. */
  function edited(base: string, plan: readonly Step[], side: string): { text: string; tokens: string[] } {
    const tokens: string[] = []
    let result = base
    for (const [count, { at, remove, how }] of plan.entries()) {
      const token = `${side}${count}${side}`
      const place =
        how === "line" ? result.lastIndexOf("\n", at % (result.length + 1)) + 1 : at % (result.length + 1)
      const isInsideToken = tokens.some((own) => {
        const start = result.indexOf(own)
        return place > start && place < start + own.length
      })
      if (isInsideToken) continue
      const gone = result.slice(place, place + remove)
      const removed = /[A-Z]/.test(gone) ? 0 : remove
      const put = how === "line" ? `${token}\n` : how === "word" ? ` ${token} ` : token
      result = result.slice(0, place) + put + result.slice(place + removed)
      tokens.push(token)
    }
    return { text: result, tokens }
  }

  test("no token of either side is lost or doubled", () => {
    fc.assert(
      fc.property(text, steps, steps, (base, typed, outside) => {
        const live = edited(base, typed, "L")
        const disk = edited(base, outside, "D")
        const merged = merge(base, disk.text, live.text)
        for (const token of [...live.tokens, ...disk.tokens]) expect(merged.split(token).length - 1).toBe(1)
      }),
      { numRuns: 5000 },
    )
  })

  test("lines stay whole lines when both sides only add lines", () => {
    const adds = fc.array(
      fc.record({ at: fc.nat(400), remove: fc.constant(0), how: fc.constant<"line">("line") }),
      {
        maxLength: 8,
      },
    )
    fc.assert(
      fc.property(text, adds, adds, (base, typed, outside) => {
        const live = edited(base, typed, "L")
        const disk = edited(base, outside, "D")
        const merged = merge(base, disk.text, live.text).split("\n")
        for (const token of [...live.tokens, ...disk.tokens])
          expect(merged.filter((line) => line === token)).toHaveLength(1)
      }),
      { numRuns: 2000 },
    )
  })
})

describe("merge without a base", () => {
  test.each([
    ["the same", "one\ntwo\n", "one\ntwo\n", "one\ntwo\n"],
    ["lines of the file's own", "one\nthree\n", "one\ntwo\nthree\n", "one\ntwo\nthree\n"],
    ["lines of the document's own", "one\ntwo\nthree\n", "one\nthree\n", "one\ntwo\nthree\n"],
    ["more words in a line", "one three\n", "one two three\n", "one two three\n"],
    ["other words in a line", "say yes\nend\n", "say no\nend\n", "say yes\nsay no\nend\n"],
    [
      "texts that know nothing of each other",
      "in the document\n",
      "in the file\n",
      "in the document\nin the file\n",
    ],
    ["a last line without an end", "ours", "theirs", "ours\ntheirs"],
    ["a word that goes on", "one wor\n", "one words\n", "one wor\none words\n"],
    ["a word that is made of parts of others", "t000 t044\n", "t004\n", "t000 t044\nt004\n"],
    ["a word that stops earlier", "the words\n", "the wor\n", "the words\nthe wor\n"],
    ["an empty file", "ours\n", "", "ours\n"],
    ["an empty document", "", "theirs\n", "theirs\n"],
  ])("%s", (_, live, disk, both) => {
    expect(merge(null, disk, live)).toBe(both)
  })

  const word = fc.integer({ min: 0, max: 60 }).map((number) => `t${String(number).padStart(3, "0")}`)
  const page = fc
    .array(fc.array(word, { minLength: 1, maxLength: 4 }), { maxLength: 12 })
    .map((lines) => lines.map((line) => `${line.join(" ")}\n`).join(""))

  test("loses no word of either side, and breaks none", () => {
    fc.assert(
      fc.property(page, page, (live, disk) => {
        const kept = new Set(merge(null, disk, live).split(/\s+/))
        for (const one of `${live}${disk}`.split(/\s+/)) expect(kept).toContain(one)
      }),
    )
  })
})
