import { expect, test } from "vitest"
import { flushWindow } from "../../sync-server/sync/flush-window.ts"
import { Pace } from "../../sync-server/sync/pace.ts"

test("the first time is at once, the next when the window is over", () => {
  const pace = new Pace(() => 16)
  expect(pace.wait(1_000)).toBe(0)
  pace.done(1_000, 0.5)
  expect(pace.wait(1_004)).toBe(12)
  expect(pace.wait(1_016)).toBe(0)
})

test("what is in no hurry waits longer, but for the first time", () => {
  const pace = new Pace(() => 16)
  expect(pace.wait(1_000, 25)).toBe(0)
  pace.done(1_000, 0)
  expect(pace.wait(1_004, 25)).toBe(21)
})

test("what would wait for less than a timer can tell goes at once, so that lateness does not add up", () => {
  const pace = new Pace(() => 16)
  pace.done(1_000, 0)
  expect(pace.wait(1_015.2)).toBe(0)
  expect(pace.wait(1_014.9)).toBe(1)
})

test("what costs more comes less often, and more often again when the crowd has gone", () => {
  const pace = new Pace(flushWindow)
  for (let turn = 0; turn < 40; turn += 1) pace.done(turn * 50, 40)
  expect(pace.windowMs).toBe(50)
  for (let turn = 40; turn < 60; turn += 1) pace.done(turn * 50, 0.1)
  expect(pace.windowMs).toBe(16)
})

test.each([
  ["a pair's", 0.1, 16],
  ["a small crowd's", 2.5, 17.5],
  ["a crowd's", 3, 20],
  ["a large crowd's", 7, 20],
  ["a crowd's that takes two fifths of the time", 10, 25],
  ["a crowd's that cannot be served any faster", 40, 50],
])("the window of a room is %s", (_whose, costMs, windowMs) => {
  expect(flushWindow(costMs)).toBe(windowMs)
})
