import { expect, test } from "vitest"
import { Ledger } from "../../sync-server/sync/ledger.ts"

test("counts messages as durable in their order, as the log comes to disk", () => {
  const ledger = new Ledger()
  ledger.record(1)
  ledger.record(1)
  ledger.record(3)
  expect(ledger.settle(0)).toBe(false)
  expect(ledger.isWaiting).toBe(true)
  expect(ledger.settle(2)).toBe(true)
  expect(ledger.durable).toBe(2)
  expect(ledger.settle(2)).toBe(false)
  expect(ledger.settle(3)).toBe(true)
  expect(ledger.durable).toBe(3)
  expect(ledger.isWaiting).toBe(false)
})

test("counts a message that holds nothing at once when nothing waits", () => {
  const ledger = new Ledger()
  expect(ledger.recordEmpty()).toBe(true)
  expect(ledger.durable).toBe(1)
  expect(ledger.isWaiting).toBe(false)
})

test("counts a message that holds nothing behind what waits, and what comes later behind it", () => {
  const ledger = new Ledger()
  ledger.record(5)
  expect(ledger.recordEmpty()).toBe(false)
  ledger.record(6)
  expect(ledger.durable).toBe(0)
  expect(ledger.settle(5)).toBe(true)
  expect(ledger.durable).toBe(2)
  expect(ledger.settle(6)).toBe(true)
  expect(ledger.durable).toBe(3)
})
