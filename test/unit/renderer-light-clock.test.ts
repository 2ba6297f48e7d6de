import { afterEach, beforeEach, expect, test, vi } from "vitest"
import type { LightInput } from "../../renderer/session/light.ts"
import { LightClock } from "../../renderer/session/light-clock.ts"
import type { SessionSnapshot } from "../../renderer/session/session-snapshot.ts"

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

function facts(change: Partial<SessionSnapshot>): Omit<LightInput, "now"> {
  const snapshot: SessionSnapshot = {
    connection: "connected",
    closeCode: null,
    synced: true,
    loaded: true,
    settled: true,
    unsaved: 0,
    changes: 0,
    waitingSince: null,
    host: null,
    hostSince: null,
    since: 0,
    people: [],
    title: "",
    readOnly: false,
    ...change,
  }
  return {
    snapshot,
    kind: "desktop",
    fileTrouble: null,
    storeTrouble: null,
    shared: false,
    hostName: "",
    folderTitle: "",
  }
}

test("the light changes by itself when a limit passes, and only then", () => {
  const clock = new LightClock(facts({}))
  const heard: string[] = []
  clock.subscribe(() => heard.push(clock.snapshot().words))
  clock.update(facts({ settled: false, unsaved: 1, changes: 1, waitingSince: Date.now() }))
  vi.advanceTimersByTime(399)
  expect(heard).toEqual([])
  vi.advanceTimersByTime(10)
  expect(heard).toEqual(["Saving"])
  clock.update(facts({}))
  expect(heard).toEqual(["Saving", "Saved here"])
  clock.stop()
})

test("a save that is answered in time shows nothing", () => {
  const clock = new LightClock(facts({}))
  const before = clock.snapshot()
  clock.update(facts({ settled: false, unsaved: 1, changes: 1, waitingSince: Date.now() }))
  vi.advanceTimersByTime(300)
  clock.update(facts({}))
  vi.advanceTimersByTime(60_000)
  expect(clock.snapshot()).toBe(before)
  clock.stop()
})

test("a stopped clock leaves no timer", () => {
  const clock = new LightClock(facts({ settled: false, waitingSince: Date.now() }))
  expect(vi.getTimerCount()).toBe(1)
  clock.stop()
  expect(vi.getTimerCount()).toBe(0)
})
