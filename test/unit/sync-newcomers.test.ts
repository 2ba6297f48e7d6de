import { setTimeout as delay } from "node:timers/promises"
import { expect, onTestFinished, test } from "vitest"
import { Newcomers } from "../../sync-server/sync/newcomers.ts"
import { waitFor } from "../server/support/wait-for.ts"

function crowd(encode: () => Buffer): Newcomers {
  const newcomers = new Newcomers(encode)
  onTestFinished(() => newcomers.close())
  return newcomers
}

test("everybody gets the same frame until the document changes", () => {
  const newcomers = crowd(() => Buffer.from("the document"))
  const given: Buffer[] = []
  for (let count = 0; count < 1_000; count += 1) newcomers.greet((frame) => given.push(frame))
  expect(given).toHaveLength(1_000)
  expect(new Set(given).size).toBe(1)
  newcomers.changed()
  expect(newcomers.frame).toBeNull()
})

test("while the document changes, those who come share a frame that is made later, and all get one", async () => {
  let made = 0
  const newcomers = crowd(() => {
    // Dear enough that the next one may not be made at once.
    const until = performance.now() + 5
    while (performance.now() < until);
    made += 1
    return Buffer.from("the document")
  })
  let given = 0
  for (let count = 0; count < 200; count += 1) {
    newcomers.changed()
    newcomers.greet(() => {
      given += 1
    })
    if (count % 20 === 0) await delay(1)
  }
  await waitFor(
    () => given === 200,
    () => `${given} of 200 have got the document`,
  )
  expect(made).toBeLessThan(100)
})
