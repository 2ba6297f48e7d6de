import { describe, expect, onTestFinished, test } from "vitest"
import { parseRoomName } from "../../protocol/room-name.ts"
import { LmdbStore } from "../../sync-server/store/lmdb-store.ts"
import { MemoryStore } from "../../sync-server/store/memory-store.ts"
import type { Compaction, RoomUpdate, Store } from "../../sync-server/store/store.ts"
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

  test("lists the rooms, and erases one without a trace", async () => {
    const store = opened()
    await store.append([update(notes, 1), update(letters, 1), update(letters, 2)])
    await store.compact(letters, compaction({ snapshot: [1], through: 1, first: 1 }))
    expect((await store.list()).sort()).toEqual([letters, notes].sort())
    await store.erase(letters)
    expect(await store.list()).toEqual([notes])
    expect(await store.load(letters)).toBeNull()
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

test("the LMDB store says STORE_OPEN when its folder is a file", () => {
  expect(() => new LmdbStore("/dev/null/store")).toThrowError(expect.objectContaining({ code: "STORE_OPEN" }))
})
