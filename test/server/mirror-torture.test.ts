import { expect, test } from "vitest"
import { tortureMirror } from "../faults/mirror-torture.ts"

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000)

test(`people type while other programs edit the file: no word is lost or doubled (SEED=${seed})`, {
  timeout: 180_000,
}, async () => {
  const { documents, outside } = await tortureMirror({ rounds: 24, seed })
  expect(documents).toBe(24)
  expect(Object.keys(outside).length).toBeGreaterThan(7)
})
