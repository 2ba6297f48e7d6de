import { expect, test } from "vitest"
import { batchUpdates } from "../../sync-server/store/apply-log.ts"
import { batchesOf } from "../../sync-server/sync/batches.ts"

const client = { isUpstream: false, author: "" }
const host = { isUpstream: true, author: "" }

function received(count: number, source = client) {
  return Array.from({ length: count }, (_, number) => ({ number, source }))
}

test("what nobody sent is no batch", () => {
  expect(batchesOf([])).toEqual([])
})

test.each([
  ["as many updates as a transaction takes are one batch", batchUpdates, [batchUpdates]],
  ["one more is the next one's", batchUpdates + 1, [batchUpdates, 1]],
])("%s", (_what, count, lengths) => {
  const all = received(count)
  const batches = batchesOf(all)
  expect(batches.map((batch) => batch.length)).toEqual(lengths)
  expect(batches.flat()).toEqual(all)
})

test("what the host sent is in no batch with what others did", () => {
  const [ours, theirs] = [received(2), received(1, host)]
  expect(batchesOf([...ours.slice(0, 1), ...theirs, ...ours.slice(1)])).toEqual([theirs, ours])
})
