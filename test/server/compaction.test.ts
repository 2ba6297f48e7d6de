import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { pino } from "pino"
import { describe, expect, onTestFinished, test } from "vitest"
import * as Y from "yjs"
import { parseRoomName } from "../../protocol/room-name.ts"
import { decodeSegment } from "../../sync-server/history/segment.ts"
import { smallHistoryBytes, smallSegmentBytes } from "../../sync-server/store/compacted-log.ts"
import { type Compacted, Compactor, compactedBytes } from "../../sync-server/store/compaction.ts"
import { CompactionThread } from "../../sync-server/store/compaction-thread.ts"
import { LmdbStore } from "../../sync-server/store/lmdb-store.ts"
import { MemoryStore } from "../../sync-server/store/memory-store.ts"
import type { LogEntry, RoomUpdate, Store } from "../../sync-server/store/store.ts"
import { temporaryFolder } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

const room = parseRoomName("notes")
const textName = "codemirror"

function compactorOn(store: Store, options: { thread?: CompactionThread } = {}) {
  const done: Compacted[] = []
  const logger = pino({ level: "silent" })
  const compactor = new Compactor({
    store,
    logger,
    onCompacted: (compacted) => done.push(compacted),
    ...options,
  })
  onTestFinished(() => compactor.close())
  return { compactor, done }
}

/** What Yjs yields while somebody types the words, a letter an update. */
function typed(words: string): Uint8Array[] {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on("update", (update: Uint8Array) => updates.push(update))
  for (const [index, letter] of [...words].entries()) doc.getText(textName).insert(index, letter)
  return updates
}

/** Somebody pastes about so many letters at once. */
function pasted(bytes: number): Uint8Array {
  const doc = new Y.Doc()
  doc.getText(textName).insert(0, "pasted ".repeat(Math.ceil(bytes / 7)).slice(0, bytes))
  return Y.encodeStateAsUpdate(doc)
}

function logOf(updates: readonly Uint8Array[], first = 1): RoomUpdate[] {
  return updates.map((update, index) => ({
    room,
    sequence: first + index,
    time: 1_700_000_000_000 + index,
    authors: ["Ada"],
    update,
  }))
}

async function textOf(store: Store): Promise<string> {
  const doc = new Y.Doc()
  const stored = await store.load(room)
  if (stored === null) throw new Error("Nothing is stored")
  if (stored.snapshot !== null) Y.applyUpdate(doc, stored.snapshot)
  for (const update of stored.updates) Y.applyUpdate(doc, update)
  return doc.getText(textName).toString()
}

async function historyOf(store: Store): Promise<LogEntry[]> {
  return (await store.segments(room)).flatMap(({ bytes }) => decodeSegment(bytes))
}

/** A thread that runs this program instead of ours. */
function threadOf(program: string): CompactionThread {
  const path = join(temporaryFolder(), "program.mjs")
  writeFileSync(path, program)
  return new CompactionThread({ program: pathToFileURL(path) })
}

describe("a compaction", () => {
  test("leaves the document, the count and the whole history, and an empty log", async () => {
    const store = new MemoryStore()
    await store.append(logOf(typed("Hello")))
    const { compactor, done } = compactorOn(store)
    const compacted = await compactor.compact(room)
    const stored = await store.load(room)
    expect(compacted).toMatchObject({ snapshot: stored?.snapshot, through: 5 })
    expect(stored).toMatchObject({ updates: [], sequence: 5 })
    expect(await textOf(store)).toBe("Hello")
    expect((await historyOf(store)).map(({ sequence, authors }) => ({ sequence, authors }))).toEqual(
      [1, 2, 3, 4, 5].map((sequence) => ({ sequence, authors: ["Ada"] })),
    )
    expect(done).toMatchObject([{ room, entries: 5 }])
  })

  test("does nothing for a room without a log, and starts no thread for it", async () => {
    const thread = new CompactionThread()
    const { compactor, done } = compactorOn(new MemoryStore(), { thread })
    expect(await compactor.compact(room)).toBeNull()
    expect(done).toEqual([])
    expect(thread.isRunning).toBe(false)
  })

  test("adds to the last segment while that is small, and begins another when it is not", async () => {
    const store = new MemoryStore()
    const { compactor } = compactorOn(store)
    const updates = typed("Hello, world")
    await store.append(logOf(updates.slice(0, 5)))
    await compactor.compact(room)
    await store.append(logOf(updates.slice(5), 6))
    await compactor.compact(room)
    expect((await store.segments(room)).map(({ first }) => first)).toEqual([1])
    expect((await historyOf(store)).map(({ update }) => update)).toEqual(updates)
    const noise = new Y.Doc()
    const bytes = new Uint8Array(100_000).map((_, index) => (index * index * 31 + (index >> 3)) & 0xff)
    for (let index = bytes.length - 1; index > 0; index -= 1) {
      const other = Math.floor(Math.random() * index)
      const [a, b] = [bytes[index] ?? 0, bytes[other] ?? 0]
      bytes[index] = b
      bytes[other] = a
    }
    noise.getMap("attachments").set("one", bytes)
    await store.append(logOf([Y.encodeStateAsUpdate(noise)], 13))
    await compactor.compact(room)
    await store.append(logOf(typed("!"), 14))
    await compactor.compact(room)
    expect((await store.segments(room)).map(({ first }) => first)).toEqual([1, 14])
    expect((await historyOf(store)).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 14 }, (_, index) => index + 1),
    )
  })

  test.each([
    { holds: "up to four megabytes", bytes: smallHistoryBytes - 1_000, segments: [1] },
    { holds: "more, however small they are when packed", bytes: smallHistoryBytes + 1, segments: [1, 2] },
  ])("adds to a last segment of $holds: $segments", async ({ bytes, segments }) => {
    const store = new MemoryStore()
    const { compactor } = compactorOn(store)
    await store.append(logOf([pasted(bytes)]))
    await compactor.compact(room)
    const [first] = await store.segments(room)
    expect(first?.bytes.length).toBeLessThan(smallSegmentBytes)
    await store.append(logOf(typed("!"), 2))
    await compactor.compact(room)
    expect((await store.segments(room)).map((segment) => segment.first)).toEqual(segments)
    expect((await historyOf(store)).map(({ sequence }) => sequence)).toEqual([1, 2])
  })

  test.each([
    { begins: "with no more than one takes at once", bytes: compactedBytes - 1_000, left: 0 },
    { begins: "with more than that", bytes: compactedBytes, left: 1 },
  ])("of a log that begins $begins leaves $left of its updates", async ({ bytes, left }) => {
    const store = new LmdbStore(temporaryFolder())
    onTestFinished(() => store.close())
    const updates = [pasted(bytes), pasted(100)]
    await store.append(logOf(updates))
    const { compactor } = compactorOn(store)
    const compacted = await compactor.compact(room)
    const kept = updates.slice(0, updates.length - left)
    expect(compacted?.logBytes).toBe(kept.reduce((sum, { length }) => sum + length, 0))
    expect((await store.load(room))?.updates).toEqual(updates.slice(kept.length))
  })

  test("keeps what waits for a predecessor, insertions and deletions, until that comes", async () => {
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on("update", (update: Uint8Array) => updates.push(update))
    const text = doc.getText(textName)
    text.insert(0, "one ")
    text.insert(4, "two ")
    text.insert(8, "three")
    text.delete(0, 4)
    const [first, second, third, deletion] = updates
    if (!first || !second || !third || !deletion) throw new Error("There are four")
    const store = new MemoryStore()
    const { compactor } = compactorOn(store)
    await store.append(logOf([third, deletion]))
    await compactor.compact(room)
    await store.append(logOf([second], 3))
    await compactor.compact(room)
    expect(await textOf(store)).toBe("")
    await store.append(logOf([first], 4))
    expect(await textOf(store)).toBe("two three")
    await compactor.compact(room)
    expect(await textOf(store)).toBe("two three")
  })

  test("passes over a damaged entry: the rest of the log counts, and the history has its place", async () => {
    const store = new MemoryStore()
    const updates = typed("ab")
    await store.append(logOf([...updates, new Uint8Array(0), new Uint8Array([9, 9, 9])]))
    const { compactor } = compactorOn(store)
    await compactor.compact(room)
    expect(await textOf(store)).toBe("ab")
    expect(await historyOf(store)).toHaveLength(4)
  })

  test("leaves a damaged segment alone and writes beside it", async () => {
    const store = new MemoryStore()
    const updates = typed("ab")
    await store.append(logOf(updates.slice(0, 1)))
    await store.compact(room, {
      snapshot: updates[0] ?? new Uint8Array(0),
      through: 1,
      segment: { first: 1, bytes: new Uint8Array([7, 7, 7]) },
    })
    await store.append(logOf(updates.slice(1), 2))
    const { compactor } = compactorOn(store)
    await compactor.compact(room)
    expect(await textOf(store)).toBe("ab")
    const [damaged, whole] = await store.segments(room)
    expect(damaged).toEqual({ first: 1, bytes: new Uint8Array([7, 7, 7]) })
    expect(whole?.first).toBe(2)
  })

  test("of a long log in the LMDB store loses nothing that is appended meanwhile", async () => {
    const store = new LmdbStore(temporaryFolder())
    onTestFinished(() => store.close())
    const updates = typed("x".repeat(3_000))
    await store.append(logOf(updates))
    const { compactor } = compactorOn(store)
    const compacting = compactor.compact(room)
    const late = typed("late")
    for (const [index, update] of late.entries()) await store.append(logOf([update], 3_001 + index))
    await compacting
    expect((await store.load(room))?.sequence).toBe(3_004)
    const text = await textOf(store)
    expect(text.length).toBe(3_004)
    expect(text).toContain("late")
    const history = (await historyOf(store)).length
    expect(history + ((await store.load(room))?.updates.length ?? 0)).toBe(3_004)
  })

  test("of two rooms at once is one after the other, and both are right", async () => {
    const store = new MemoryStore()
    const other = parseRoomName("letters")
    await store.append(logOf(typed("Hello")))
    await store.append(logOf(typed("Dear")).map((append) => ({ ...append, room: other })))
    const { compactor, done } = compactorOn(store)
    await Promise.all([compactor.compact(room), compactor.compact(other)])
    expect(done.map((compacted) => compacted.room)).toEqual([room, other])
    expect(await textOf(store)).toBe("Hello")
    expect((await store.load(other))?.sequence).toBe(4)
  })
})

describe("the compacting thread", () => {
  test("ends when it has nothing to do, and starts again when it has", async () => {
    const store = new MemoryStore()
    const thread = new CompactionThread({ idleMs: 20 })
    const { compactor } = compactorOn(store, { thread })
    const updates = typed("ab")
    await store.append(logOf(updates.slice(0, 1)))
    await compactor.compact(room)
    await waitFor(
      () => !thread.isRunning,
      () => "the thread has ended",
    )
    await store.append(logOf(updates.slice(1), 2))
    await compactor.compact(room)
    expect(await textOf(store)).toBe("ab")
  })

  test.each([
    {
      how: "exits",
      program: `import { parentPort } from "node:worker_threads"\nparentPort.on("message", () => process.exit(3))`,
    },
    {
      how: "throws",
      program: `import { parentPort } from "node:worker_threads"\nparentPort.on("message", () => { throw new Error("Broken") })`,
    },
    { how: "cannot be loaded", program: "this is no program" },
    {
      how: "answers nonsense",
      program: `import { parentPort } from "node:worker_threads"\nparentPort.on("message", () => parentPort.postMessage({ snapshot: 5 }))`,
    },
    {
      how: "runs out of memory",
      program: `import { parentPort } from "node:worker_threads"\nparentPort.on("message", () => { const all = []; for (;;) all.push({ all, one: [all.length] }) })`,
    },
  ])("that $how is reported, and the log stays whole", async ({ program }) => {
    const store = new MemoryStore()
    await store.append(logOf(typed("Hello")))
    const path = join(temporaryFolder(), "program.mjs")
    writeFileSync(path, program)
    const thread = new CompactionThread({ program: pathToFileURL(path), heapMiB: 32 })
    const { compactor } = compactorOn(store, { thread })
    await expect(compactor.compact(room)).rejects.toMatchObject({ code: "STORE_COMPACT" })
    expect((await store.load(room))?.updates).toHaveLength(5)
    expect(await store.segments(room)).toEqual([])
    const { compactor: another } = compactorOn(store)
    await another.compact(room)
    expect(await textOf(store)).toBe("Hello")
  })

  test("that died is followed by a new one", async () => {
    const store = new MemoryStore()
    await store.append(logOf(typed("Hello")))
    const died = join(temporaryFolder(), "died")
    const ours = new URL("../../sync-server/store/compaction-worker.ts", import.meta.url).href
    const thread = threadOf(`
      import { existsSync, writeFileSync } from "node:fs"
      if (existsSync(${JSON.stringify(died)})) await import(${JSON.stringify(ours)})
      else { writeFileSync(${JSON.stringify(died)}, ""); process.exit(1) }
    `)
    const { compactor } = compactorOn(store, { thread })
    await expect(compactor.compact(room)).rejects.toMatchObject({ code: "STORE_COMPACT" })
    await compactor.compact(room)
    expect(await textOf(store)).toBe("Hello")
  })

  test("that never answers is given up by close, and the log stays whole", async () => {
    const store = new MemoryStore()
    await store.append(logOf(typed("Hello")))
    const thread = threadOf(
      `import { parentPort } from "node:worker_threads"\nparentPort.on("message", () => undefined)`,
    )
    const { compactor } = compactorOn(store, { thread })
    const compacting = compactor.compact(room)
    await waitFor(
      () => thread.isRunning,
      () => "the thread runs",
    )
    await compactor.close()
    expect(await compacting).toBeNull()
    expect(await compactor.compact(room)).toBeNull()
    expect((await store.load(room))?.updates).toHaveLength(5)
  })
})
