import { expect, test } from "vitest"
import { Limits } from "../../protocol/limits.ts"
import { shownName } from "../../sync-server/sync/shown-name.ts"

const entry = (state: Record<string, unknown> | null) => ({ clientId: 1, clock: 1, state })

test.each([
  ["the name that is shown", [entry({ user: { name: " Ada " } })], "Ada"],
  ["the last of several", [entry({ user: { name: "Ada" } }), entry({ user: { name: "Ben" } })], "Ben"],
  ["nobody's, when somebody leaves", [entry(null)], undefined],
  [
    "nobody's, when no name is shown",
    [entry({ user: { name: 7 } }), entry({ user: null }), entry({})],
    undefined,
  ],
  [
    "as much of a long name as a name may be",
    [entry({ user: { name: "x".repeat(500) } })],
    "x".repeat(Limits.personNameLength),
  ],
])("%s", (_name, entries, shown) => {
  expect(shownName(entries)).toBe(shown)
})
