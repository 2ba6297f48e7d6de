import { expect, test } from "vitest"
import { readAwarenessEntries, readMessages } from "../../protocol/message.ts"
import { RoomAwareness } from "../../sync-server/sync/awareness.ts"
import type { Source } from "../../sync-server/sync/source.ts"
import { Telling } from "../../sync-server/sync/telling.ts"

const [ada, ben, cleo]: [Source, Source, Source] = [person(), person(), person()]

function person(): Source {
  return { isUpstream: false, author: "" }
}

/** The messages that one member is told: the sizes of updates, and the client ids of awareness entries. */
function told(telling: Telling, member: Source): { updates: number[]; clients: number[] } {
  const updates: number[] = []
  const clients: number[] = []
  for (const message of unframed(telling.framesFor(member)).flatMap(readMessages)) {
    if (message.type === "update") updates.push(message.update.length)
    if (message.type === "awareness")
      clients.push(...readAwarenessEntries(message.update).map(({ clientId }) => clientId))
  }
  return { updates, clients }
}

/** The payloads of whole frames with headers of two or four bytes. */
function unframed(bytes: Buffer): Buffer[] {
  const payloads: Buffer[] = []
  for (let start = 0; start < bytes.length; ) {
    expect(bytes[start]).toBe(0x82)
    const short = bytes[start + 1] ?? 0
    const header = short === 126 ? 4 : 2
    const length = short === 126 ? bytes.readUInt16BE(start + 2) : short
    payloads.push(bytes.subarray(start + header, start + header + length))
    start += header + length
  }
  return payloads
}

function shown(...entries: [source: Source, clientId: number, clock: number][]) {
  const awareness = new RoomAwareness()
  for (const [source, clientId, clock] of entries)
    awareness.receive([{ clientId, clock, state: { cursor: clock } }], source)
  return awareness.takeChanges()
}

test("an update and what people show go out in one buffer, the same for all", () => {
  const change = { update: new Uint8Array(10), sequence: 1, sources: new Set([ada, ben]) }
  const telling = new Telling([change], shown([ada, 1, 1], [ben, 2, 1]))
  expect(told(telling, ada)).toEqual({ updates: [10], clients: [1, 2] })
  expect(telling.framesFor(ben)).toBe(telling.framesFor(cleo))
  expect(telling.framesFor(ada)).toBe(telling.framesFor(cleo))
})

test("who alone made a change is not told of it, but of the others", () => {
  const change = { update: new Uint8Array(10), sequence: 1, sources: new Set([ada]) }
  const other = { update: new Uint8Array(20), sequence: 2, sources: new Set([ben]) }
  const telling = new Telling([change, other], shown([ben, 2, 1]))
  expect(told(telling, ada)).toEqual({ updates: [20], clients: [2] })
  expect(told(telling, ben)).toEqual({ updates: [10], clients: [] })
  expect(told(telling, cleo)).toEqual({ updates: [10, 20], clients: [2] })
})

test("who alone shows something is told nothing of it", () => {
  const telling = new Telling([], shown([ada, 1, 1], [ada, 2, 1]))
  expect(telling.framesFor(ada)).toHaveLength(0)
  expect(told(telling, ben)).toEqual({ updates: [], clients: [1, 2] })
})

test("a cursor that moves ten times between two flushes is told once, with its last word", () => {
  const awareness = new RoomAwareness()
  for (let clock = 1; clock <= 10; clock += 1)
    awareness.receive([{ clientId: 1, clock, state: { cursor: clock } }], ada)
  expect(awareness.takeChanges().map(({ entry }) => entry)).toEqual([
    { clientId: 1, clock: 10, state: { cursor: 10 } },
  ])
  expect(awareness.hasChanges).toBe(false)
})

test("who came back, and whose clock is rewritten, never hears its own state: it would take it for news", () => {
  const awareness = new RoomAwareness()
  awareness.receive([{ clientId: 1, clock: 5, state: {} }], ada)
  awareness.drop(ada)
  awareness.takeChanges()
  const again = person()
  awareness.receive([{ clientId: 1, clock: 5, state: {} }], again)
  awareness.receive([{ clientId: 2, clock: 1, state: {} }], ben)
  const telling = new Telling([], awareness.takeChanges())
  expect(told(telling, again).clients).toEqual([2])
  expect(told(telling, ben).clients).toEqual([1, 2])
})

test("the end of a client is told to all, and is its last word", () => {
  const awareness = new RoomAwareness()
  awareness.receive([{ clientId: 1, clock: 1, state: {} }], ada)
  awareness.drop(ada)
  const changes = awareness.takeChanges()
  expect(changes).toEqual([
    { entry: { clientId: 1, clock: 2, state: null }, source: null, isRewritten: false },
  ])
  expect(told(new Telling([], changes), ben).clients).toEqual([1])
})

test("a late echo of somebody who has left brings no ghost, whoever sends it; coming back does", () => {
  const awareness = new RoomAwareness()
  for (const source of [ada, ben]) awareness.join(source)
  awareness.receive([{ clientId: 1, clock: 5, state: {} }], ada)
  awareness.drop(ada)
  // y-websocket clients send back all that they hear, and this one heard of it just before.
  awareness.receive([{ clientId: 1, clock: 5, state: {} }], ben)
  expect(awareness.entries()).toEqual([])
  const again = person()
  awareness.join(again)
  awareness.receive([{ clientId: 1, clock: 5, state: {} }], again)
  expect(awareness.entries()).toEqual([{ clientId: 1, clock: 7, state: {} }])
})

test("a link that is connected again brings back all whom it had shown", () => {
  const awareness = new RoomAwareness()
  awareness.receive([{ clientId: 1, clock: 5, state: {} }], ada)
  awareness.drop(ada)
  awareness.receive([{ clientId: 1, clock: 5, state: {} }], ada)
  expect(awareness.entries()).toHaveLength(1)
})
