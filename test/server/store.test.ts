import { open } from "lmdb"
import { describe, expect, onTestFinished, test } from "vitest"
import { parseRoomName } from "../../protocol/room-name.ts"
import { LmdbStore, storeFile } from "../../sync-server/store/lmdb-store.ts"
import { MemoryStore } from "../../sync-server/store/memory-store.ts"
import type { Compaction, LogEntry, RoomUpdate, Store } from "../../sync-server/store/store.ts"
import { temporaryFolder } from "./support/server.ts"

const notes = parseRoomName("notes")
const letters = parseRoomName("letters/to Ada")

function update(room: typeof notes, sequence: number): RoomUpdate {
  const authors = sequence % 2 === 0 ? ["Ada", "Zoë"] : []
  return {
    room,
    sequence,
    time: 1_700_000_000_000 + sequence,
    authors,
    update: new Uint8Array([sequence % 256, 7]),
  }
}

function compaction(options: {
  snapshot: number[]
  through: number
  first: number
  history?: number[]
}): Compaction {
  const segment = { first: options.first, bytes: new Uint8Array(options.history ?? [options.first]) }
  return { snapshot: new Uint8Array(options.snapshot), through: options.through, segment }
}

async function logOf(
  store: Store,
  room: typeof notes,
): Promise<{ snapshot: Uint8Array | null; entries: LogEntry[] }> {
  return store.readLog(room, async ({ snapshot, slices }) => {
    const entries: LogEntry[] = []
    for await (const slice of slices) entries.push(...slice)
    return { snapshot, entries }
  })
}

const stores: { name: string; open: () => Store }[] = [
  { name: "the LMDB store", open: () => new LmdbStore(temporaryFolder()) },
  { name: "the memory store", open: () => new MemoryStore() },
]

describe.each(stores)("$name", ({ open }) => {
  function opened(): Store {
    const store = open()
    onTestFinished(() => store.close())
    return store
  }

  test("knows nothing of a room that was never written", async () => {
    expect(await opened().load(notes)).toBeNull()
  })

  test("gives back every update of a room in order, and none of another's", async () => {
    const store = opened()
    await store.append([update(notes, 1), update(letters, 1), update(notes, 2)])
    await store.append([update(notes, 3)])
    const stored = await store.load(notes)
    expect(stored?.snapshot).toBeNull()
    expect(stored?.sequence).toBe(3)
    expect(stored?.updates.map((bytes) => bytes[0])).toEqual([1, 2, 3])
  })

  test("keeps the order past ten, a hundred and a thousand updates", async () => {
    const store = opened()
    await store.append(Array.from({ length: 1_200 }, (_, index) => update(notes, index + 1)))
    const stored = await store.load(notes)
    expect(stored?.updates.map((bytes) => bytes[0])).toEqual(
      Array.from({ length: 1_200 }, (_, index) => (index + 1) % 256),
    )
  })

  test("takes the same batch twice without doubling it", async () => {
    const store = opened()
    await store.append([update(notes, 1)])
    await store.append([update(notes, 1)])
    expect((await store.load(notes))?.updates).toHaveLength(1)
  })

  test("replaces the log by a snapshot, and goes on counting", async () => {
    const store = opened()
    await store.append([update(notes, 1), update(notes, 2), update(notes, 3)])
    await store.compact(notes, compaction({ snapshot: [42], through: 2, first: 1 }))
    const stored = await store.load(notes)
    expect(stored?.snapshot).toEqual(new Uint8Array([42]))
    expect(stored?.updates.map((bytes) => bytes[0])).toEqual([3])
    await store.compact(notes, compaction({ snapshot: [43], through: 3, first: 3 }))
    expect(await store.load(notes)).toEqual({ snapshot: new Uint8Array([43]), updates: [], sequence: 3 })
  })

  test("hands out bytes of its own, which later writes do not change", async () => {
    const store = opened()
    await store.append([update(notes, 1)])
    const stored = await store.load(notes)
    await store.append(Array.from({ length: 50 }, (_, index) => update(letters, index + 1)))
    await store.compact(
      notes,
      compaction({ snapshot: Array.from({ length: 9_000 }, () => 1), through: 1, first: 1 }),
    )
    expect(stored?.updates[0]).toEqual(new Uint8Array([1, 7]))
  })

  test("tells of every update when it came and whose it is", async () => {
    const store = opened()
    const batch = [
      update(notes, 1),
      update(notes, 2),
      { ...update(notes, 3), time: 0, authors: ["", "名前 🙂"] },
    ]
    await store.append(batch)
    const { snapshot, entries } = await logOf(store, notes)
    expect(snapshot).toBeNull()
    expect(entries).toEqual(batch.map(({ room, ...entry }) => entry))
    expect(await logOf(store, letters)).toEqual({ snapshot: null, entries: [] })
  })

  test("reads a log of one moment, whatever is appended and compacted meanwhile", async () => {
    const store = opened()
    await store.append(Array.from({ length: 2_500 }, (_, index) => update(notes, index + 1)))
    const sequences = await store.readLog(notes, async ({ slices }) => {
      const read: number[] = []
      for await (const slice of slices) {
        if (read.length === 0) {
          await store.append([update(notes, 2_501)])
          await store.compact(notes, compaction({ snapshot: [1], through: 2_501, first: 1 }))
        }
        read.push(...slice.map(({ sequence }) => sequence))
      }
      return read
    })
    expect(sequences).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1))
    expect((await logOf(store, notes)).entries).toEqual([])
  })

  test("reads no further than it is asked to, and can be written and read again then", async () => {
    const store = opened()
    await store.append(Array.from({ length: 2_500 }, (_, index) => update(notes, index + 1)))
    const first = await store.readLog(notes, async ({ slices }) => {
      for await (const slice of slices) return slice.at(0)?.sequence
      return null
    })
    expect(first).toBe(1)
    await store.append([update(notes, 2_501)])
    expect((await logOf(store, notes)).entries).toHaveLength(2_501)
  })

  test("keeps an update without bytes and one of two megabytes beside the others", async () => {
    const store = opened()
    const large = new Uint8Array(2_000_000).fill(7)
    await store.append([
      { ...update(notes, 1), update: new Uint8Array(0) },
      { ...update(notes, 2), update: large },
    ])
    await store.append([update(notes, 3)])
    const stored = await store.load(notes)
    expect(stored?.updates.map(({ length }) => length)).toEqual([0, 2_000_000, 2])
    expect(stored?.updates[1]).toEqual(large)
  })

  test("keeps the history's segments in order, and replaces the one that begins at the same sequence", async () => {
    const store = opened()
    expect(await store.segments(notes)).toEqual([])
    expect(await store.lastSegment(notes)).toBeNull()
    await store.append(Array.from({ length: 300 }, (_, index) => update(notes, index + 1)))
    for (const first of [1, 9, 70, 256])
      await store.compact(notes, compaction({ snapshot: [1], through: first, first, history: [first % 256] }))
    await store.compact(letters, compaction({ snapshot: [1], through: 1, first: 1, history: [5] }))
    await store.compact(notes, compaction({ snapshot: [2], through: 300, first: 256, history: [9, 9] }))
    expect(await store.segments(notes)).toEqual([
      { first: 1, bytes: new Uint8Array([1]) },
      { first: 9, bytes: new Uint8Array([9]) },
      { first: 70, bytes: new Uint8Array([70]) },
      { first: 256, bytes: new Uint8Array([9, 9]) },
    ])
    expect(await store.lastSegment(notes)).toEqual({ first: 256, bytes: new Uint8Array([9, 9]) })
    expect(await store.load(notes)).toEqual({ snapshot: new Uint8Array([2]), updates: [], sequence: 300 })
  })

  test("goes on after a compaction with what came during it", async () => {
    const store = opened()
    await store.append([update(notes, 1), update(notes, 2)])
    await store.append([update(notes, 3)])
    await store.compact(notes, compaction({ snapshot: [42], through: 2, first: 1 }))
    await store.append([update(notes, 4)])
    const { snapshot, entries } = await logOf(store, notes)
    expect(snapshot).toEqual(new Uint8Array([42]))
    expect(entries.map(({ sequence }) => sequence)).toEqual([3, 4])
    expect((await store.load(notes))?.sequence).toBe(4)
  })

  test("lists the rooms, and erases one without a trace", async () => {
    const store = opened()
    await store.append([update(notes, 1), update(letters, 1), update(letters, 2)])
    await store.compact(letters, compaction({ snapshot: [1], through: 1, first: 1 }))
    expect((await store.list()).sort()).toEqual([letters, notes].sort())
    await store.erase(letters)
    expect(await store.list()).toEqual([notes])
    expect(await store.load(letters)).toBeNull()
    expect(await store.segments(letters)).toEqual([])
    expect(await store.lastSegment(letters)).toBeNull()
    expect((await logOf(store, letters)).entries).toEqual([])
    await store.append([update(letters, 1)])
    expect((await store.load(letters))?.updates).toHaveLength(1)
  })

  test("erases a long log as well, and leaves its neighbours", async () => {
    const store = opened()
    await store.append([update(parseRoomName("note"), 1), update(parseRoomName("notesx"), 1)])
    await store.append(Array.from({ length: 2_300 }, (_, index) => update(notes, index + 1)))
    await store.erase(notes)
    expect(await store.load(notes)).toBeNull()
    expect((await store.list()).sort()).toEqual(["note", "notesx"])
  })

  test("keeps small records, and finds them by the start of their key", async () => {
    const store = opened()
    const long = `share/${"x".repeat(4_000)}`
    await store.putRecord("share/a", "1")
    await store.putRecord("share/b", "2")
    await store.putRecord("shared", "no")
    await store.putRecord(long, "long")
    expect(await store.getRecord("share/a")).toBe("1")
    expect(await store.getRecord(long)).toBe("long")
    expect(await store.getRecord("share/c")).toBeNull()
    expect((await store.listRecords("share/")).map(({ value }) => value).sort()).toEqual(["1", "2", "long"])
    await store.putRecord("share/a", null)
    expect(await store.getRecord("share/a")).toBeNull()
    await store.putRecords([
      { key: "many/a", value: "1" },
      { key: "many/b", value: "x".repeat(20_000) },
    ])
    expect((await store.listRecords("many/")).map(({ value }) => value.length)).toEqual([1, 20_000])
    await store.putRecord("share/b", "")
    expect(await store.getRecord("share/b")).toBe("")
  })

  test("closes twice without harm", async () => {
    const store = open()
    await store.close()
    await store.close()
  })
})

test("the LMDB store has everything after it was closed and opened again", async () => {
  const folder = temporaryFolder()
  const first = new LmdbStore(folder)
  await first.append([update(notes, 1)])
  await first.putRecord("key", "value")
  await first.close()
  const second = new LmdbStore(folder)
  onTestFinished(() => second.close())
  expect((await second.load(notes))?.sequence).toBe(1)
  expect(await second.getRecord("key")).toBe("value")
})

test("the LMDB store has snapshots, history and the log after them when it is opened again", async () => {
  const folder = temporaryFolder()
  const first = new LmdbStore(folder)
  await first.append(Array.from({ length: 1_200 }, (_, index) => update(notes, index + 1)))
  await first.compact(notes, compaction({ snapshot: [42], through: 1_000, first: 1, history: [6] }))
  await first.close()
  const second = new LmdbStore(folder)
  onTestFinished(() => second.close())
  const stored = await second.load(notes)
  expect(stored?.snapshot).toEqual(new Uint8Array([42]))
  expect(stored?.updates).toHaveLength(200)
  expect(await second.segments(notes)).toEqual([{ first: 1, bytes: new Uint8Array([6]) }])
})

test("the LMDB store takes over what the first layout wrote, and does so once", async () => {
  const folder = temporaryFolder()
  const old = open<Buffer, string>({ path: storeFile(folder), encoding: "binary", maxDbs: 8 })
  const log = old.openDB<Buffer, [string, number]>({ name: "log", encoding: "binary" })
  await log.put(["notes", 1], Buffer.from([1, 2, 3]))
  await log.put(["notes", 2], Buffer.from([4]))
  await old.close()
  for (const _ of [1, 2]) {
    const store = new LmdbStore(folder)
    const { entries } = await logOf(store, notes)
    expect(entries).toEqual([
      { sequence: 1, time: 0, authors: [], update: new Uint8Array([1, 2, 3]) },
      { sequence: 2, time: 0, authors: [], update: new Uint8Array([4]) },
    ])
    await store.close()
  }
})

test("the LMDB store says STORE_OPEN when a newer version wrote the file", async () => {
  const folder = temporaryFolder()
  await new LmdbStore(folder).close()
  const newer = open<Buffer, string>({ path: storeFile(folder), encoding: "binary", maxDbs: 8 })
  await newer.openDB<string, string>({ name: "about", encoding: "string" }).put("layout", "99")
  await newer.close()
  expect(() => new LmdbStore(folder)).toThrowError(expect.objectContaining({ code: "STORE_OPEN" }))
})

test("the LMDB store gives an entry that is damaged on disk as one without bytes, and its neighbours whole", async () => {
  const folder = temporaryFolder()
  const first = new LmdbStore(folder)
  await first.append([1, 2, 3].map((sequence) => update(notes, sequence)))
  await first.close()
  const file = open<Buffer, string>({ path: storeFile(folder), encoding: "binary", maxDbs: 8 })
  await file
    .openDB<Buffer, [string, number]>({ name: "entries", encoding: "binary" })
    .put(["notes", 2], Buffer.from([255, 255, 255, 255, 255, 255, 255, 255, 255, 255]))
  await file.close()
  const store = new LmdbStore(folder)
  onTestFinished(() => store.close())
  expect((await store.load(notes))?.updates.map(({ length }) => length)).toEqual([2, 0, 2])
  expect((await logOf(store, notes)).entries[1]).toEqual({
    sequence: 2,
    time: 0,
    authors: [],
    update: new Uint8Array(0),
  })
})

test("the LMDB store refuses writes with STORE_WRITE once it is closed, and stays closed", async () => {
  const store = new LmdbStore(temporaryFolder())
  await store.close()
  await expect(store.append([update(notes, 1)])).rejects.toMatchObject({ code: "STORE_WRITE" })
  await expect(store.load(notes)).rejects.toMatchObject({ code: "STORE_OPEN" })
})

test("the LMDB store says STORE_OPEN when its folder is a file", () => {
  expect(() => new LmdbStore("/dev/null/store")).toThrowError(expect.objectContaining({ code: "STORE_OPEN" }))
})
