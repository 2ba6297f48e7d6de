import { describe, expect, test } from "vitest"
import { TextHistory } from "../../sync-server/mirror/text-history.ts"

interface Clock {
  now: number
}

function history(): { history: TextHistory; clock: Clock } {
  const clock = { now: 1_000_000 }
  return { history: new TextHistory(() => clock.now), clock }
}

function written(into: TextHistory, text: string): void {
  into.attempt(text)
  into.confirm()
}

describe("the base of an outside edit", () => {
  test("is unknown when nothing is", () => {
    expect(history().history.baseOf("one\n")).toBe(null)
  })

  test("is the text that the other program had read, not the last one", () => {
    const { history: past } = history()
    past.add("one\n")
    written(past, "one\ntyped\n")
    written(past, "one\ntyped more\n")
    expect(past.baseOf("ONE\n")).toBe("one\n")
    expect(past.baseOf("ONE\ntyped\n")).toBe("one\ntyped\n")
    expect(past.baseOf("ONE\ntyped more\n")).toBe("one\ntyped more\n")
  })

  test("of a text that comes back unchanged at once is that text: there is nothing to merge", () => {
    const { history: past, clock } = history()
    past.add("one\n")
    clock.now += 3_600_000
    written(past, "one\ntyped\n")
    clock.now += 500
    expect(past.baseOf("one\n")).toBe("one\n")
  })

  test("of a text that comes back later is the last one: somebody wants it back", () => {
    const { history: past, clock } = history()
    past.add("one\n")
    written(past, "one\ntyped\n")
    clock.now += 10_000
    expect(past.baseOf("one\n")).toBe("one\ntyped\n")
  })

  test("is not a text that another program has changed on purpose", () => {
    const { history: past, clock } = history()
    past.add("one\ntwo\n")
    past.addOutside("one\n")
    clock.now += 10_000
    expect(past.baseOf("one\ntwo\nthree\n")).toBe("one\n")
    expect(past.baseOf("one\ntwo\n")).toBe("one\n")
  })

  test("may be a text of which nobody knows whether it was written", () => {
    const { history: past, clock } = history()
    past.add("one\n")
    past.attempt("one\ntyped\n")
    expect(past.isInDoubt).toBe(true)
    clock.now += 60_000
    expect(past.baseOf("one\ntyped\n")).toBe("one\ntyped\n")
    past.withdraw()
    expect(past.isInDoubt).toBe(false)
    expect(past.baseOf("one\ntyped\n")).toBe("one\n")
  })

  test("is kept for long texts too, without keeping them all", () => {
    const { history: past } = history()
    const long = "x".repeat(12 * 1024 * 1024)
    past.add(`${long}1`)
    written(past, `${long}2`)
    written(past, `${long}3`)
    expect(past.baseOf(`${long}1`)).not.toBe(`${long}1`)
    expect(past.baseOf(`${long}2`)).toBe(`${long}2`)
  })
})
