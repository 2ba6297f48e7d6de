import { describe, expect, onTestFinished, test } from "vitest"
import { collectAll, IdleCollection, mostHeapBytes } from "../../sync-server/idle-collection.ts"

const timing = { lookMs: 3_600_000, quietMs: 5_000, betweenMs: 60_000 }

/** What the server has done, a heap, and how often was collected. */
class Server {
  activity = 0
  discarded = 0
  heapBytes = 0
  canCollect = true
  collections = 0
  told = 0
  /** Whole, so that sums are exact. */
  readonly #start = Math.ceil(performance.now())
  readonly #collection = new IdleCollection({
    sources: { activity: () => this.activity, discarded: () => this.discarded },
    timing,
    collect: () => {
      this.collections += 1
      return this.canCollect
    },
    heapBytes: () => this.heapBytes,
    onCollected: () => {
      this.told += 1
    },
  })

  constructor() {
    onTestFinished(() => this.#collection.close())
  }

  /** So many seconds after its start. */
  look(seconds: number): void {
    this.#collection.look(this.#start + seconds * 1_000)
  }
}

describe("memory is collected", () => {
  test("when something has left it and nobody did anything for five seconds, once", () => {
    const server = new Server()
    server.activity += 1
    server.discarded += 1
    server.look(10)
    server.look(14.9)
    expect(server.collections).toBe(0)
    server.look(15)
    expect(server.collections).toBe(1)
    expect(server.told).toBe(1)
    server.look(1_000)
    expect(server.collections).toBe(1)
  })

  test("never while somebody goes on writing", () => {
    const server = new Server()
    server.discarded += 1
    for (let seconds = 0; seconds < 600; seconds += 4) {
      server.activity += 1
      server.look(seconds)
    }
    expect(server.collections).toBe(0)
  })

  test("not because nobody does anything", () => {
    const server = new Server()
    server.look(1_000)
    expect(server.collections).toBe(0)
  })

  test("at most once a minute", () => {
    const server = new Server()
    server.discarded += 1
    server.look(10)
    server.discarded += 1
    server.look(69.9)
    expect(server.collections).toBe(1)
    server.look(70)
    expect(server.collections).toBe(2)
  })

  test("not in a heap so large that the pause would be felt", () => {
    const server = new Server()
    server.discarded += 1
    server.heapBytes = mostHeapBytes + 1
    server.look(10)
    expect(server.collections).toBe(0)
    server.heapBytes = mostHeapBytes
    server.look(11)
    expect(server.collections).toBe(1)
  })

  test("not, and nobody is told that it was, where a process cannot be made to", () => {
    const server = new Server()
    server.canCollect = false
    server.discarded += 1
    server.look(10)
    expect(server.told).toBe(0)
  })
})

test("collecting takes away what nobody holds", async () => {
  const gone = new WeakRef({ text: "held by nobody" })
  // What a weak reference was made of is held until the turn ends.
  await new Promise((resolve) => setImmediate(resolve))
  expect(collectAll()).toBe(true)
  expect(gone.deref()).toBeUndefined()
  expect("gc" in globalThis).toBe(false)
})
