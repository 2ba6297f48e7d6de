import { describe, expect, test } from "vitest"
import { AppError } from "../../protocol/errors.ts"
import { Readiness } from "../../sync-server/http/readiness.ts"

const full = new AppError("STORE_FULL", "The disk that the store is on is full")

/** A store and a queue as a test wants them, and a clock that stands still. */
class Scene {
  now = 0
  trouble: AppError | null = null
  waitingSince: number | null = null
  writes = 0
  /** What becomes of the next writes. */
  disk: () => Promise<void> = () => Promise.resolve()
  readonly readiness = new Readiness({
    store: {
      putRecord: () => {
        this.writes += 1
        return this.disk()
      },
    },
    appends: this,
    now: () => this.now,
  })

  async why(): Promise<string[]> {
    return (await this.readiness.notReady()).map(({ what, why }) => `${what}: ${why}`)
  }

  /** Lets a write that was begun come to its end. */
  async settle(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

describe("readiness", () => {
  test("is proven by one write before anybody is sent here", async () => {
    const scene = new Scene()
    expect(await scene.why()).toEqual([])
    expect(scene.writes).toBe(1)
  })

  test("is not proven by a first write that fails, and says why", async () => {
    const scene = new Scene()
    scene.disk = () => Promise.reject(full)
    expect(await scene.why()).toEqual(["store: The disk that the store is on is full"])
  })

  test("costs a probe a second no write while there is a proof: half a minute, or what is appended", async () => {
    const scene = new Scene()
    for (; scene.now < 29_000; scene.now += 1_000) expect(await scene.why()).toEqual([])
    expect(scene.writes).toBe(1)
    scene.readiness.noteDurable()
    for (; scene.now < 58_000; scene.now += 1_000) expect(await scene.why()).toEqual([])
    expect(scene.writes).toBe(1)
    for (; scene.now < 70_000; scene.now += 1_000) expect(await scene.why()).toEqual([])
    expect(scene.writes).toBe(2)
  })

  test("goes with the first append that failed and comes back by itself with the next that did not", async () => {
    const scene = new Scene()
    expect(await scene.why()).toEqual([])
    scene.trouble = full
    expect(await scene.why()).toEqual(["store: The disk that the store is on is full"])
    scene.now += 60_000
    expect(await scene.why()).toEqual(["store: The disk that the store is on is full"])
    // The queue tries by itself; a probe does not add to it.
    expect(scene.writes).toBe(1)
    scene.readiness.noteDurable()
    scene.trouble = null
    expect(await scene.why()).toEqual([])
    expect(scene.writes).toBe(1)
  })

  test("goes when the oldest update has waited too long, on neither side of the bound by mistake", async () => {
    const scene = new Scene()
    await scene.why()
    scene.waitingSince = 0
    scene.now = 5_000
    expect(await scene.why()).toEqual([])
    scene.now = 7_000
    expect(await scene.why()).toEqual(["store: Updates have been waiting for the disk for 7 s"])
    scene.waitingSince = 6_900
    expect(await scene.why()).toEqual([])
  })

  test("tries a proof that failed once a second, and is back with the first that does not", async () => {
    const scene = new Scene()
    await scene.why()
    scene.disk = () => Promise.reject(full)
    scene.now = 30_000
    await scene.why()
    await scene.settle()
    expect(await scene.why()).toEqual(["store: The disk that the store is on is full"])
    expect(scene.writes).toBe(2)
    scene.now = 30_999
    await scene.why()
    expect(scene.writes).toBe(2)
    scene.disk = () => Promise.resolve()
    scene.now = 31_000
    await scene.why()
    await scene.settle()
    expect(scene.writes).toBe(3)
    expect(await scene.why()).toEqual([])
  })

  test("sees a store that hangs though nobody writes", async () => {
    const scene = new Scene()
    await scene.why()
    let end = () => {}
    scene.disk = () => new Promise((resolve) => (end = resolve))
    scene.now = 30_000
    expect(await scene.why()).toEqual([])
    scene.now = 36_000
    expect(await scene.why()).toEqual(["store: The store has not answered for 6 s"])
    // One write hangs, not one a probe.
    expect(scene.writes).toBe(2)
    end()
    await scene.settle()
    expect(await scene.why()).toEqual([])
  })

  test("ends with a drain, whatever the store says", async () => {
    const scene = new Scene()
    scene.trouble = full
    scene.readiness.drain()
    expect(await scene.why()).toEqual(["drain: The server is stopping"])
    expect(scene.writes).toBe(0)
  })
})
