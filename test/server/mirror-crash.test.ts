import { appendFileSync, readFileSync, realpathSync, writeFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import type { RoomName } from "../../protocol/room-name.ts"
import { MemoryStore } from "../../sync-server/store/memory-store.ts"
import type {
  Compaction,
  OpenLog,
  RoomUpdate,
  Store,
  StoredRoom,
  StoredSegment,
} from "../../sync-server/store/store.ts"
import { MirrorBench, note, type OpenDocument } from "./mirror-support.ts"
import { temporaryFolder } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

/** The process dies at its nth write to the store: just before it is on disk, or just after. */
class DyingStore implements Store {
  readonly #disk: MemoryStore
  readonly #dies: { at: number; after: boolean }
  writes = 0
  isDead = false

  constructor(disk: MemoryStore, dies: { at: number; after: boolean }) {
    this.#disk = disk
    this.#dies = dies
  }

  async #write(action: () => Promise<void>): Promise<void> {
    if (this.isDead) throw new Error("The process is dead")
    this.writes += 1
    const dies = this.writes === this.#dies.at
    if (dies) this.isDead = true
    if (!dies || this.#dies.after) await action()
    // Nobody hears of it: the dead do nothing more.
    if (dies) await new Promise(() => undefined)
  }

  load(room: RoomName): Promise<StoredRoom | null> {
    return this.#disk.load(room)
  }
  append(batch: readonly RoomUpdate[]): Promise<void> {
    return this.#write(() => this.#disk.append(batch))
  }
  readLog<T>(room: RoomName, read: (log: OpenLog) => Promise<T>): Promise<T> {
    return this.#disk.readLog(room, read)
  }
  compact(room: RoomName, compaction: Compaction): Promise<void> {
    return this.#write(() => this.#disk.compact(room, compaction))
  }
  segments(room: RoomName): Promise<StoredSegment[]> {
    return this.#disk.segments(room)
  }
  lastSegment(room: RoomName): Promise<StoredSegment | null> {
    return this.#disk.lastSegment(room)
  }
  list(): Promise<RoomName[]> {
    return this.#disk.list()
  }
  erase(room: RoomName): Promise<void> {
    return this.#write(() => this.#disk.erase(room))
  }
  getRecord(key: string): Promise<string | null> {
    return this.#disk.getRecord(key)
  }
  putRecord(key: string, value: string | null): Promise<void> {
    return this.#write(() => this.#disk.putRecord(key, value))
  }
  putRecords(records: readonly { key: string; value: string }[]): Promise<void> {
    return this.#write(() => this.#disk.putRecords(records))
  }
  listRecords(prefix: string): Promise<{ key: string; value: string }[]> {
    return this.#disk.listRecords(prefix)
  }
  async close(): Promise<void> {}
}

interface Life {
  store: DyingStore
  path: string
  /** Words that must be there afterwards, once each: on disk in the log, or put into the file by another program. */
  promised: Set<string>
}

/** Opens, types, edits from outside, types: until it is dead or through. */
async function live({ store, path, promised }: Life): Promise<MirrorBench> {
  const bench = new MirrorBench({ dataDir: "", store, isMortal: true })
  const until = (condition: () => boolean) =>
    waitFor(
      () => store.isDead || condition(),
      () => "alive and through, or dead",
    )
  let document: OpenDocument | null = null
  void bench.open(path).then((opened) => {
    document = opened
  })
  await until(() => document !== null)
  const write = async (word: string, to: OpenDocument) => {
    to.typeAtEnd(`${word}\n`)
    await until(() => to.room.durableSequence === to.room.sequence)
    if (to.room.durableSequence === to.room.sequence) promised.add(word)
    await until(() => to.onDisk === to.text)
  }
  const opened = (): OpenDocument | null => document
  const there = opened()
  if (there === null || store.isDead) return bench
  await write("typed", there)
  if (store.isDead) return bench
  appendFileSync(path, "outside\n")
  promised.add("outside")
  await until(() => there.text.includes("outside"))
  if (store.isDead) return bench
  await write("more", there)
  return bench
}

async function dieAndRise(dies: { at: number; after: boolean }): Promise<{ writes: number }> {
  const path = note(realpathSync(temporaryFolder()))
  writeFileSync(path, "one\ntwo\n")
  const disk = new MemoryStore()
  const store = new DyingStore(disk, dies)
  const promised = new Set(["one", "two"])
  const bench = await live({ store, path, promised })
  await bench.mirror.close()

  const risen = new MirrorBench({ dataDir: "", store: disk })
  const document = await risen.open(path)
  await document.whenAlike()
  const told = `died ${dies.after ? "after" : "before"} write ${dies.at}: ${JSON.stringify(document.text)}`
  for (const word of ["one", "two", "typed", "outside", "more"]) {
    const count = document.text.split(word).length - 1
    if (promised.has(word)) expect(count, `${word}, ${told}`).toBe(1)
    else expect(count, `${word}, ${told}`).toBeLessThanOrEqual(1)
  }
  document.typeAtEnd("last\n")
  await document.whenAlike()
  expect(readFileSync(path, "utf8").endsWith("last\n")).toBe(true)
  return { writes: store.writes }
}

describe("a crash at any step", () => {
  test("loses no word, doubles none, and the two ends become alike again", { timeout: 60_000 }, async () => {
    const { writes } = await dieAndRise({ at: Number.POSITIVE_INFINITY, after: true })
    // Seed, three announcements, three confirmations and their log entries at the least.
    expect(writes).toBeGreaterThan(10)
    const steps = Array.from({ length: writes }, (_, step) => step + 1)
    await Promise.all(
      steps.flatMap((at) => [dieAndRise({ at, after: false }), dieAndRise({ at, after: true })]),
    )
  })

  test("between announcing and writing, an outside edit of the old file is merged once", async () => {
    const path = note(realpathSync(temporaryFolder()))
    writeFileSync(path, "one\n")
    const disk = new MemoryStore()
    const first = new MirrorBench({ dataDir: "", store: disk })
    const document = await first.open(path)
    document.typeAtEnd("typed\n")
    await document.whenOnDisk("one\ntyped\n")
    await first.stop()
    for (const { key, value } of await disk.listRecords("mirror/")) {
      await disk.putRecord(key, value.replace(/"confirmed":\d+/, '"confirmed":0'))
    }
    writeFileSync(path, "one\nfrom outside\n")
    const second = new MirrorBench({ dataDir: "", store: disk })
    const risen = await second.open(path)
    await risen.whenOnDisk("one\ntyped\nfrom outside\n")
  })
})
