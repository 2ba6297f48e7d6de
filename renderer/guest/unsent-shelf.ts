import { createStore, del, entries, set, type UseStore } from "idb-keyval"
import { z } from "zod"

/** Words that nobody has come back for in this time, in milliseconds, are let go. */
const keptFor = 90 * 24 * 60 * 60 * 1000

export interface UnsentRecord {
  room: string
  /** Of the tab that wrote it. */
  session: string
  /** Milliseconds since 1970. */
  savedAt: number
  /** A Yjs update: all that the host had not confirmed. */
  update: Uint8Array
}

const unsentRecord: z.ZodType<UnsentRecord> = z.object({
  room: z.string(),
  session: z.string(),
  savedAt: z.number(),
  update: z.instanceof(Uint8Array),
})

/**
 * Where this browser keeps words that have not reached the host: one record a tab. A browser that keeps nothing for this page
 * (private windows, blocked storage) refuses each of these.
 */
export class UnsentShelf {
  readonly #store: UseStore

  /** @throws where the page may not store anything */
  constructor(name = "manyhands-unsent") {
    this.#store = createStore(name, "records")
  }

  /** The records of a room, the oldest first. */
  async recall(room: string, now: number): Promise<UnsentRecord[]> {
    const found: UnsentRecord[] = []
    for (const [key, value] of await entries<IDBValidKey, unknown>(this.#store)) {
      const record = unsentRecord.safeParse(value)
      if (!record.success || now - record.data.savedAt > keptFor) await del(key, this.#store)
      else if (record.data.room === room) found.push(record.data)
    }
    return found.sort((a, b) => a.savedAt - b.savedAt)
  }

  /** The rooms of which there are records. */
  async rooms(): Promise<string[]> {
    const found = await entries<IDBValidKey, unknown>(this.#store)
    return [...new Set(found.flatMap(([, value]) => unsentRecord.safeParse(value).data?.room ?? []))]
  }

  /** Takes the place of what the same tab had kept before. */
  keep(record: UnsentRecord): Promise<void> {
    return set([record.room, record.session], record, this.#store)
  }

  drop({ room, session }: Pick<UnsentRecord, "room" | "session">): Promise<void> {
    return del([room, session], this.#store)
  }
}
