import * as Y from "yjs"
import { Observable } from "../observable.ts"
import type { DocumentSession } from "../session/document-session.ts"
import { type UnsentRecord, UnsentShelf } from "./unsent-shelf.ts"

/** Kept at most this often while somebody writes, in milliseconds. */
const keepEvery = 300

/** What a tab found that another one, or an earlier one, had not brought to the host. */
export interface ReturnedWords {
  /** When the last of them was written, milliseconds since 1970. */
  writtenAt: number
}

/**
 * Keeps a guest's words in the browser while they are not known to be on the host's disk, and brings to the host what an
 * earlier tab left there. One update holds them all: what the document has beyond the moment at which the host last had
 * everything; so however long the host is away, what is kept is as large as what was written.
 */
export class UnsentWords extends Observable<ReturnedWords | null> {
  readonly #session: DocumentSession
  readonly #onAdopted: () => void
  readonly #shelf: UnsentShelf | null
  readonly #owner = new AbortController()
  readonly #id: string
  /** The state vector of when every own word was at the host. */
  #confirmed: Uint8Array
  #adopted: UnsentRecord[] | null = null
  #isAdopting = false
  #hasAdopted = false
  #isKept = false
  #timer: ReturnType<typeof setTimeout> | null = null
  /** One write after the other. */
  #tail: Promise<void> = Promise.resolve()

  /** `onAdopted` is called once `hasAdopted` is true. */
  constructor(session: DocumentSession, onAdopted: () => void = () => undefined) {
    super(null)
    this.#session = session
    this.#onAdopted = onAdopted
    this.#shelf = openShelf()
    this.#id = String(session.doc.clientID)
    this.#confirmed = Y.encodeStateVector(session.doc)
    const end = session.subscribe(() => this.#look())
    session.doc.once("destroy", () => {
      end()
      this.#owner.abort()
      if (this.#timer !== null) clearTimeout(this.#timer)
    })
    // The page may be gone before the next timer.
    window.addEventListener("pagehide", () => this.#keep(), { signal: this.#owner.signal })
  }

  /** Whether nothing of an earlier tab is left in this browser: what there was is among this tab's words. */
  get hasAdopted(): boolean {
    return this.#hasAdopted
  }

  readonly dismiss = (): void => this.set(null)

  #look(): void {
    const { changes, loaded, readOnly } = this.#session.snapshot()
    if (loaded && !readOnly && !this.#isAdopting) void this.#adopt()
    if (changes > 0) {
      this.#timer ??= setTimeout(() => this.#keep(), keepEvery)
      return
    }
    this.#confirmed = Y.encodeStateVector(this.#session.doc)
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#drop()
  }

  /** Once the host's document is here, so that every word finds its place; then they are own words like any other. */
  async #adopt(): Promise<void> {
    this.#isAdopting = true
    const { doc, room } = this.#session
    const shelf = this.#shelf
    if (shelf === null) {
      this.#adoptedAll()
      return
    }
    const records = (await attempt(() => shelf.recall(room, Date.now()))) ?? []
    const own = records.filter(({ session }) => session !== this.#id)
    if (this.#owner.signal.aborted) return
    let isNews = false
    const noted = () => {
      isNews = true
    }
    doc.on("update", noted)
    for (const { update } of own) applyUnlessDamaged(doc, update, this)
    doc.off("update", noted)
    this.#adopted = own
    this.#adoptedAll()
    const writtenAt = own.at(-1)?.savedAt
    if (isNews && writtenAt !== undefined) this.set({ writtenAt })
    this.#look()
  }

  #adoptedAll(): void {
    this.#hasAdopted = true
    this.#onAdopted()
  }

  #keep(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#session.snapshot().changes === 0 || this.#owner.signal.aborted) return
    const update = Y.encodeStateAsUpdate(this.#session.doc, this.#confirmed)
    const record = { room: this.#session.room, session: this.#id, savedAt: Date.now(), update }
    this.#isKept = true
    this.#write((shelf) => shelf.keep(record))
  }

  /** The host has every word: nothing has to be kept. */
  #drop(): void {
    const { room } = this.#session
    if (this.#isKept) this.#write((shelf) => shelf.drop({ room, session: this.#id }))
    this.#isKept = false
    const adopted = this.#adopted ?? []
    this.#adopted = []
    for (const record of adopted) this.#write((shelf) => dropUnchanged(shelf, record))
  }

  #write(action: (shelf: UnsentShelf) => Promise<void>): void {
    const shelf = this.#shelf
    if (shelf === null) return
    this.#tail = this.#tail.then(async () => {
      await attempt(() => action(shelf))
    })
  }
}

function applyUnlessDamaged(doc: Y.Doc, update: Uint8Array, origin: object): void {
  try {
    Y.applyUpdate(doc, update, origin)
  } catch (error) {
    console.warn("Words that were kept in this browser cannot be read", error)
  }
}

/** Another tab that is still open may have kept more meanwhile. */
async function dropUnchanged(shelf: UnsentShelf, record: UnsentRecord): Promise<void> {
  const now = await shelf.recall(record.room, Date.now())
  const same = now.find(({ session }) => session === record.session)
  if (same?.savedAt === record.savedAt) await shelf.drop(record)
}

function openShelf(): UnsentShelf | null {
  try {
    return new UnsentShelf()
  } catch {
    return null // blocked storage: the light says that the words are only in this tab, and closing it asks
  }
}

/** Null: the browser keeps nothing for this page, or has no room. The light and the question at the end say what is so. */
async function attempt<T>(action: () => Promise<T>): Promise<T | null> {
  try {
    return await action()
  } catch {
    return null
  }
}
