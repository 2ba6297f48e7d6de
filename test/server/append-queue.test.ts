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

/** A disk that takes nothing and says nothing until it is let go. */
class HangingStore extends RefusingStore {
  readonly #held: (() => void)[] = []
  isHanging = true

  override async append(batch: readonly RoomUpdate[]): Promise<void> {
    if (this.isHanging) await new Promise<void>((resolve) => this.#held.push(resolve))
    await super.append(batch)
  }

  letGo(): void {
    this.isHanging = false
    for (const resume of this.#held.splice(0)) resume()
  }
}

function queueOn(store: RefusingStore, options: { limitBytes?: number } = {}) {
  const troubles: (string | null)[] = []
  const queue = new AppendQueue({
    store,
    logger: pino({ level: "silent" }),
    onTrouble: (trouble) => troubles.push(trouble?.code ?? null),
    onCommit: () => undefined,
    ...options,
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

test("a batch that failed is on disk before what came after it, each room in its order", async () => {
  const store = new RefusingStore()
  const { queue, durable, push } = queueOn(store)
  store.refuse = true
  push(1)
  push(2)
  await waitFor(
    () => queue.failures > 0,
    () => "the queue has failed",
  )
  push(3)
  expect(queue.length).toBe(3)
  expect(queue.bytes).toBe(3)
  store.refuse = false
  queue.retryNow()
  await queue.idle()
  expect(store.batches).toEqual([2, 1])
  expect(durable).toEqual([2, 3])
  expect(queue.length).toBe(0)
  expect(queue.bytes).toBe(0)
})

test("a disk that hangs holds back acknowledgements and nothing else", async () => {
  const store = new HangingStore()
  const { queue, durable, push } = queueOn(store)
  expect(queue.waitingSince).toBeNull()
  push(1)
  const since = queue.waitingSince
  expect(since).not.toBeNull()
  await new Promise((resolve) => setTimeout(resolve, 20))
  for (const sequence of [2, 3, 4]) push(sequence)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(durable).toEqual([])
  expect(queue.trouble).toBeNull()
  expect(queue.waitingSince).toBe(since)
  expect(queue.length).toBe(4)
  store.letGo()
  await queue.idle()
  expect(durable).toEqual([1, 4])
  expect(store.batches).toEqual([1, 3])
  expect(queue.waitingSince).toBeNull()
})

test("a queue with too many bytes is full, takes what comes all the same, and tells when it is free", async () => {
  const store = new HangingStore()
  const { queue, durable, push } = queueOn(store, { limitBytes: 3 })
  let freed = 0
  queue.whenFree(() => {
    freed += 1
  })
  expect(freed).toBe(1)
  for (const sequence of [1, 2]) push(sequence)
  expect(queue.isFull).toBe(false)
  for (const sequence of [3, 4]) push(sequence)
  expect(queue.isFull).toBe(true)
  queue.whenFree(() => {
    freed += 1
  })
  expect(freed).toBe(1)
  store.letGo()
  await queue.idle()
  expect(freed).toBe(2)
  expect(queue.isFull).toBe(false)
  expect(durable).toEqual([4])
})

test("what came while a full queue refused is all on disk in the end", async () => {
  const store = new RefusingStore()
  const { queue, durable, push } = queueOn(store, { limitBytes: 5 })
  store.refuse = true
  for (let sequence = 1; sequence <= 20; sequence += 1) push(sequence)
  await waitFor(
    () => queue.trouble !== null,
    () => "the queue is in trouble",
  )
  let isFree = false
  queue.whenFree(() => {
    isFree = true
  })
  expect(isFree).toBe(false)
  store.refuse = false
  queue.retryNow()
  await queue.idle()
  expect(isFree).toBe(true)
  expect(durable.at(-1)).toBe(20)
  expect((await store.load(room))?.updates).toHaveLength(20)
})

test("whoever waits for a full queue is let go when it is abandoned", async () => {
  const store = new RefusingStore()
  const { queue, push } = queueOn(store, { limitBytes: 1 })
  store.refuse = true
  push(1)
  let isFree = false
  queue.whenFree(() => {
    isFree = true
  })
  await waitFor(
    () => queue.trouble !== null,
    () => "the queue is in trouble",
  )
  await queue.abandon()
  expect(isFree).toBe(true)
})
