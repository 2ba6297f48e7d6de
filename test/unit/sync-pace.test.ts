import { expect, test } from "vitest"
import { Pace } from "../../sync-server/sync/pace.ts"

test("the first time is at once, the next when the shortest window is over", () => {
  const pace = new Pace(16, 50)
  expect(pace.wait(1_000)).toBe(0)
  pace.done(1_000, 1_000.5)
  expect(pace.wait(1_004)).toBe(12)
  expect(pace.wait(1_016)).toBe(0)
})

test("what would wait for less than a timer can tell goes at once, so that lateness does not add up", () => {
  const pace = new Pace(16, 50)
  pace.done(1_000, 1_000)
  expect(pace.wait(1_015.2)).toBe(0)
  expect(pace.wait(1_014.9)).toBe(1)
})

test("what costs more comes less often: a fifth of the time, up to the longest window", () => {
  const pace = new Pace(16, 50)
  for (let turn = 0; turn < 40; turn += 1) pace.done(turn * 50, turn * 50 + 6)
  expect(pace.windowMs).toBeCloseTo(30, 1)
  for (let turn = 40; turn < 80; turn += 1) pace.done(turn * 50, turn * 50 + 40)
  expect(pace.windowMs).toBe(50)
})

test("the window shrinks again when the crowd has gone", () => {
  const pace = new Pace(16, 50)
  for (let turn = 0; turn < 40; turn += 1) pace.done(turn * 50, turn * 50 + 40)
  for (let turn = 40; turn < 60; turn += 1) pace.done(turn * 50, turn * 50 + 0.1)
  expect(pace.windowMs).toBe(16)
})
