import { describe, expect, test } from "vitest"
import type { ErrorCode } from "../../protocol/errors.ts"
import { HostState } from "../../protocol/message.ts"
import { type LightInput, light, nextLightChange } from "../../renderer/session/light.ts"
import type { SessionSnapshot } from "../../renderer/session/session-snapshot.ts"

const now = 1_000_000_000

const quiet: SessionSnapshot = {
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
  since: now,
  people: [],
  title: "2 Tides",
  readOnly: false,
}

function input(snapshot: Partial<SessionSnapshot>, rest: Partial<LightInput> = {}): LightInput {
  return {
    snapshot: { ...quiet, ...snapshot },
    kind: "desktop",
    fileTrouble: null,
    storeTrouble: null,
    shared: false,
    hostName: "Mira's computer",
    folderTitle: "Estuary guide",
    now,
    ...rest,
  }
}

/** Something has waited for this many milliseconds. */
function waiting(milliseconds: number, changes = 1): Partial<SessionSnapshot> {
  return { settled: false, unsaved: changes, changes, waitingSince: now - milliseconds }
}

function host(state: HostState, count: number, milliseconds: number | null): Partial<SessionSnapshot> {
  return { host: { state, waiting: count }, hostSince: milliseconds === null ? null : now - milliseconds }
}

function trouble(code: ErrorCode) {
  return { code, message: code }
}

describe("on the desktop", () => {
  const cases: [string, LightInput, string, string][] = [
    ["all on this disk", input({}), "dot", "Saved here"],
    ["saving, 399 ms", input(waiting(399)), "dot", "Saved here"],
    ["saving, 400 ms", input(waiting(400)), "arc", "Saving"],
    ["saving, 9999 ms", input(waiting(9999)), "arc", "Saving"],
    ["saving, 10 s", input(waiting(10_000)), "triangle", "Not saved: trying again"],
    ["before the first answer", input({ ...waiting(1, 0), loaded: false, synced: false }), "arc", "Opening"],
    ["the server is away, 399 ms", input({ ...waiting(399, 0), connection: "away" }), "dot", "Saved here"],
    ["the server is away, 400 ms", input({ ...waiting(400, 0), connection: "away" }), "arc", "Saving"],
    ["at the host", input(host(HostState.Saved, 0, null)), "dot-ring", "Saved here and at the host"],
    ["sending, 399 ms", input(host(HostState.Sending, 1, 399)), "dot-ring", "Saved here and at the host"],
    ["sending, 400 ms", input(host(HostState.Sending, 1, 400)), "dot", "Saved here"],
    ["sending, 2999 ms", input(host(HostState.Sending, 1, 2999)), "dot", "Saved here"],
    [
      "sending, 3 s",
      input(host(HostState.Sending, 1, 3000)),
      "dot-broken-ring",
      "Saved here. 1 change waits for the host",
    ],
    [
      "host away, nothing waits, 2999 ms",
      input(host(HostState.Away, 0, 2999)),
      "dot-ring",
      "Saved here and at the host",
    ],
    [
      "host away, nothing waits, 3 s",
      input(host(HostState.Away, 0, 3000)),
      "dot-broken-ring",
      "Saved here. Waiting for the host",
    ],
    [
      "host away with changes",
      input(host(HostState.Away, 3, 3000)),
      "dot-broken-ring",
      "Saved here. 3 changes wait for the host",
    ],
    [
      "not here, whatever the host has",
      input({ ...host(HostState.Saved, 0, null), ...waiting(400) }),
      "arc",
      "Saving",
    ],
    ["the host has ended it", input(host(HostState.Ended, 0, 99_999)), "dot", "Saved here"],
    [
      "the store's disk is full",
      input(waiting(1), { storeTrouble: trouble("STORE_FULL") }),
      "triangle",
      "Not saved: the disk is full",
    ],
    [
      "the file's disk is full",
      input({}, { fileTrouble: trouble("FILE_DISK_FULL") }),
      "triangle",
      "Not saved: the disk is full",
    ],
    [
      "full here, all at the host",
      input(host(HostState.Saved, 0, null), { fileTrouble: trouble("FILE_DISK_FULL") }),
      "triangle",
      "Not saved here: the disk is full. The host has it all",
    ],
    [
      "full here, not all at the host",
      input(host(HostState.Sending, 2, 1), { fileTrouble: trouble("FILE_DISK_FULL") }),
      "triangle",
      "Not saved: the disk is full",
    ],
    [
      "folder gone",
      input({}, { fileTrouble: trouble("FILE_FOLDER_GONE") }),
      "triangle",
      "Not saved: the folder is gone",
    ],
    [
      "file gone",
      input({}, { fileTrouble: trouble("FILE_NOT_FOUND") }),
      "triangle",
      "Not saved: the file is gone",
    ],
    [
      "file may not be written",
      input({}, { fileTrouble: trouble("FILE_NOT_WRITABLE") }),
      "triangle",
      "Not saved: this file may not be changed",
    ],
    [
      "another reason",
      input({}, { fileTrouble: trouble("FILE_WRITE") }),
      "triangle",
      "Not saved: the disk does not take it",
    ],
  ]
  test.each(cases)("%s", (_name, facts, shape, words) => {
    expect(light(facts)).toMatchObject({ shape, words, assertive: shape === "triangle" })
  })
})

describe("for a guest", () => {
  const guest = (snapshot: Partial<SessionSnapshot>) => input(snapshot, { kind: "guest" })
  const cases: [string, LightInput, string, string][] = [
    ["all at the host", guest({}), "dot-ring", "Saved at the host"],
    ["on the way, 399 ms", guest(waiting(399)), "dot-ring", "Saved at the host"],
    ["on the way, 400 ms", guest(waiting(400)), "arc", "Saving"],
    ["on the way, 2999 ms", guest(waiting(2999)), "arc", "Saving"],
    ["no answer, 3 s", guest(waiting(3000)), "triangle", "Not saved: no connection to the host"],
    [
      "away, nothing to lose, 2999 ms",
      guest({ ...waiting(2999, 0), connection: "away" }),
      "dot-ring",
      "Saved at the host",
    ],
    [
      "away, nothing to lose, 3 s",
      guest({ ...waiting(3000, 0), connection: "away" }),
      "dot-broken-ring",
      "Waiting for the host",
    ],
    ["before the first answer", guest({ ...waiting(1, 0), loaded: false }), "arc", "Opening"],
    [
      "refused with words",
      guest({ ...waiting(10), connection: "refused" }),
      "triangle",
      "Not saved: the host has closed this document",
    ],
    [
      "refused without",
      guest({ ...waiting(10, 0), connection: "refused" }),
      "dot-broken-ring",
      "The host has closed this document",
    ],
  ]
  test.each(cases)("%s", (_name, facts, shape, words) => {
    expect(light(facts)).toMatchObject({ shape, words, assertive: shape === "triangle" })
  })
})

describe("the sentence", () => {
  test.each<[LightInput, string]>([
    [
      input({}),
      "Every word is on this computer. In Estuary guide, on your own disk. This folder is not shared.",
    ],
    [
      input(host(HostState.Saved, 0, null)),
      "Every word is on this computer and at the host. Host: Mira's computer. You can close the lid.",
    ],
    [
      input(host(HostState.Away, 12, 6 * 60_000 + 5000)),
      "Every word is on this computer. The host has not answered for 6 minutes. 12 changes go there by themselves when it does. Nothing to do.",
    ],
    [
      input(waiting(500, 3), { storeTrouble: trouble("STORE_FULL") }),
      "Your last 3 changes are only in this window. Free some space and they are saved at once. Keep the window open.",
    ],
    [
      input(waiting(500, 3), { storeTrouble: trouble("STORE_FULL"), shared: true }),
      "Your last 3 changes are only in open windows. Free some space and they are saved at once. Keep the window open.",
    ],
    [
      input({}, { fileTrouble: trouble("FILE_FOLDER_GONE") }),
      "Estuary guide was moved or its drive was taken out. Bring it back, or say where it is now.",
    ],
    [
      input({}, { fileTrouble: trouble("FILE_NOT_FOUND") }),
      "Another program deleted it or moved it away. Your words are kept. Put it back, or close it.",
    ],
    [
      input(waiting(3000, 2), { kind: "guest" }),
      "Your last 2 changes are only in this tab. They go when the host answers. Keep the tab open.",
    ],
  ])("%#", (facts, sentence) => {
    expect(light(facts).sentence).toBe(sentence)
  })

  test("does not call words lost that the store has taken", () => {
    const { sentence } = light(input({}, { fileTrouble: trouble("FILE_DISK_FULL") }))
    expect(sentence).not.toContain("only in")
    expect(sentence).toContain("keeps your changes on this computer")
  })
})

describe("the next change", () => {
  test("comes at each limit in turn, and never when all is saved", () => {
    expect(nextLightChange(input({}))).toBeNull()
    const since = now - 100
    const facts = input({ settled: false, changes: 1, unsaved: 1, waitingSince: since })
    expect(nextLightChange(facts)).toBe(since + 400)
    expect(nextLightChange({ ...facts, now: since + 400 })).toBe(since + 3000)
    expect(nextLightChange({ ...facts, now: since + 3000 })).toBe(since + 10_000)
    expect(nextLightChange({ ...facts, now: since + 10_000 })).toBe(since + 60_000)
    expect(nextLightChange({ ...facts, now: since + 60_000 })).toBe(since + 120_000)
  })

  test.each([0, 399, 400, 2999, 3000, 9999, 10_000, 59_999, 60_000, 119_999])(
    "the light shows the same until then (%i ms after)",
    (milliseconds) => {
      const facts = input({ ...waiting(milliseconds), ...host(HostState.Away, 2, milliseconds) })
      const next = nextLightChange(facts)
      if (next === null) throw new Error("There is always a next minute")
      expect(light({ ...facts, now: next - 1 })).toEqual(light(facts))
    },
  )
})
