import { expect, test } from "vitest"
import { DeliveryLedger } from "../../renderer/session/delivery-ledger.ts"

/** A ledger on a fresh connection whose first answer is on disk, as after opening a document. */
function opened(): DeliveryLedger {
  const ledger = new DeliveryLedger()
  ledger.connecting()
  ledger.sentAnswer(0)
  ledger.durable(1)
  return ledger
}

function write(ledger: DeliveryLedger, now: number): void {
  ledger.sentUpdate()
  ledger.edited(now)
}

test("an edit is unsaved until its own frame is durable", () => {
  const ledger = opened()
  write(ledger, 10)
  write(ledger, 20)
  expect(ledger.messages).toBe(2)
  ledger.durable(2)
  expect(ledger.messages).toBe(1)
  ledger.durable(3)
  expect(ledger.messages).toBe(0)
  expect(ledger.oldest).toBeNull()
})

test("nothing is answered before the answer to step 1 is durable, whatever else is", () => {
  const ledger = new DeliveryLedger()
  ledger.connecting()
  expect(ledger.answerDurable).toBe(false)
  write(ledger, 5)
  ledger.sentAnswer(6)
  ledger.durable(1)
  expect(ledger.answerDurable).toBe(false)
  ledger.durable(2)
  expect(ledger.answerDurable).toBe(true)
})

test("what was sent and not acknowledged on a lost connection waits for the next one's answer", () => {
  const ledger = opened()
  write(ledger, 10)
  write(ledger, 20)
  ledger.durable(2)
  ledger.connecting()
  // The new connection's count starts again; an early frame of it says nothing about the old ones.
  write(ledger, 30)
  ledger.durable(1)
  expect(ledger.messages).toBe(1)
  ledger.sentAnswer(40)
  expect(ledger.messages).toBe(2)
  expect(ledger.oldest).toBe(10)
  ledger.durable(2)
  expect(ledger.messages).toBe(0)
})

test("what was written without a connection is carried by the answer, not by frames after it", () => {
  const ledger = opened()
  ledger.edited(100)
  ledger.edited(101)
  expect(ledger.messages).toBe(2)
  ledger.connecting()
  ledger.sentAnswer(200)
  write(ledger, 210)
  ledger.durable(1)
  expect(ledger.messages).toBe(1)
  expect(ledger.oldest).toBe(210)
  ledger.durable(2)
  expect(ledger.messages).toBe(0)
})

test("a count larger than what was sent is not believed", () => {
  const ledger = opened()
  ledger.durable(100)
  write(ledger, 10)
  expect(ledger.messages).toBe(1)
  ledger.durable(2)
  expect(ledger.messages).toBe(0)
})

test("edits are counted as people would: a pause of more than 2 s ends one", () => {
  const ledger = opened()
  for (const now of [0, 1000, 3000, 5001, 5002]) write(ledger, now)
  expect(ledger.messages).toBe(5)
  expect(ledger.edits).toBe(2)
  ledger.durable(4)
  expect(ledger.edits).toBe(1)
})

test("a late answer to another step 1 counts as a message, but not as an edit", () => {
  const ledger = opened()
  ledger.sentAnswer(10)
  expect(ledger.messages).toBe(1)
  expect(ledger.edits).toBe(0)
  expect(ledger.oldestEdit).toBeNull()
})
