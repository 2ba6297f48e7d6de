import { pino } from "pino"
import { expect, test } from "vitest"
import { AppError } from "../../protocol/errors.ts"
import { parseRoomName } from "../../protocol/room-name.ts"
import { AppendQueue } from "../../sync-server/store/append-queue.ts"
import { MemoryStore } from "../../sync-server/store/memory-store.ts"
import type { RoomUpdate } from "../../sync-server/store/store.ts"
import { waitFor } from "./support/wait-for.ts"

const room = parseRoomName("notes")

/** A disk that refuses while it is told to. */
class RefusingStore extends MemoryStore {
  refuse = false
  batches: number[] = []

  override async append(batch: readonly RoomUpdate[]): Promise<void> {
    if (this.refuse) throw new AppError("STORE_FULL", "The disk that the store is on is full")
    this.batches.push(batch.length)
    await super.append(batch)
  }
}

function queueOn(store: RefusingStore) {
  const troubles: (string | null)[] = []
  const queue = new AppendQueue({
    store,
    logger: pino({ level: "silent" }),
    onTrouble: (trouble) => troubles.push(trouble?.code ?? null),
    onCommit: () => undefined,
  })
  const durable: number[] = []
  const push = (sequence: number) => {
    const update = new Uint8Array([sequence])
    queue.push({ room, sequence, update, time: 0, authors: [], durable: (done) => durable.push(done) })
  }
  return { queue, troubles, durable, push }
}

test("what is pushed in one turn of the event loop is one commit, acknowledged once", async () => {
  const store = new RefusingStore()
  const { queue, durable, push } = queueOn(store)
  for (const sequence of [1, 2, 3]) push(sequence)
  await queue.idle()
  expect(store.batches).toEqual([3])
  expect(durable).toEqual([3])
})

test("a disk that refuses acknowledges nothing, says why once, and loses nothing when it takes writes again", async () => {
  const store = new RefusingStore()
  const { queue, troubles, durable, push } = queueOn(store)
  store.refuse = true
  push(1)
  await waitFor(
    () => queue.trouble !== null,
    () => "the queue is in trouble",
  )
  push(2)
  expect(durable).toEqual([])
  expect(queue.trouble?.code).toBe("STORE_FULL")
  store.refuse = false
  queue.retryNow()
  await queue.idle()
  expect(durable).toEqual([1, 2])
  expect(troubles.at(0)).toBe("STORE_FULL")
  expect(troubles.at(-1)).toBeNull()
  expect((await store.load(room))?.updates).toHaveLength(2)
})

test("an abandoned queue ends although the disk refuses, and has acknowledged nothing", async () => {
  const store = new RefusingStore()
  const { queue, durable, push } = queueOn(store)
  store.refuse = true
  push(1)
  await waitFor(
    () => queue.trouble !== null,
    () => "the queue is in trouble",
  )
  await queue.abandon()
  expect(durable).toEqual([])
})
