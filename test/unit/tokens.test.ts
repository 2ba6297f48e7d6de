import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { peerColours } from "../../protocol/presence.ts"

const css = readFileSync("renderer/styles/tokens.css", "utf8").replace(/\/\*.*?\*\//gs, "")

/** Every block of declarations, by its selector, in the order of the file. */
const blocks = [...css.matchAll(/([^{}]*)\{([^{}]*)\}/g)].map(([, selector = "", body = ""]) => ({
  selector: selector.trim(),
  values: new Map(
    [...body.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name = "", value = ""]) => [name, value]),
  ),
}))

function valuesOf(selector: string): ReadonlyMap<string, string> {
  const found = blocks.filter((block) => block.selector === selector)
  expect(found, selector).toHaveLength(1)
  return found[0]?.values ?? new Map()
}

test.each([
  ["dark", [':root:not([data-theme="light"])', ':root[data-theme="dark"]']],
  ["high contrast", [':root:not([data-contrast="normal"])', ':root[data-contrast="more"]']],
  [
    "high contrast in dark",
    [
      ':root:not([data-contrast="normal"], [data-theme="light"])',
      ':root[data-contrast="more"]:not([data-theme="light"])',
      ':root[data-contrast="more"][data-theme="dark"]',
      ':root[data-theme="dark"]:not([data-contrast="normal"])',
    ],
  ],
])("%s is the same by the system's wish and by the person's", (_name, selectors) => {
  const [first, ...others] = selectors.map(valuesOf)
  expect(first?.size).toBeGreaterThan(60)
  for (const other of others) expect(other).toEqual(first)
})

test("people's colours are the same in presence and in the light theme", () => {
  const light = blocks.find(({ selector }) => selector === ":root")?.values
  expect(peerColours.map((_, index) => light?.get(`--peer-${index + 1}`))).toEqual(
    peerColours.map(({ hex }) => hex),
  )
})
