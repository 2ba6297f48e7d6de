import { readFileSync } from "node:fs"
import { join } from "node:path"
import { pino } from "pino"
import * as Y from "yjs"
import type { FileStatus } from "../../../protocol/embedded.ts"
import type { ErrorReport } from "../../../protocol/errors.ts"
import type { RoomName } from "../../../protocol/room-name.ts"
import { FileMirror } from "../../../sync-server/mirror/file-mirror.ts"
import { AppendQueue } from "../../../sync-server/store/append-queue.ts"
import { Compactor } from "../../../sync-server/store/compaction.ts"
import { LmdbStore } from "../../../sync-server/store/lmdb-store.ts"
import type { Store } from "../../../sync-server/store/store.ts"
import type { Room } from "../../../sync-server/sync/room.ts"
import { type RoomHandle, RoomRegistry } from "../../../sync-server/sync/room-registry.ts"
import { waitFor } from "./wait-for.ts"

const person = { isUpstream: false, author: "" }

/** A mirror over a real store and real rooms, without sockets. Whoever makes it stops it. */
export class BareMirrorBench {
  readonly store: Store
  readonly registry: RoomRegistry
  readonly mirror: FileMirror
  readonly statuses: FileStatus[] = []
  readonly notices: ErrorReport[] = []
  readonly #appends: AppendQueue
  readonly #compactor: Compactor
  #stopped = false

  constructor(options: { dataDir: string; store?: Store }) {
    const logger = pino({ level: "silent" })
    this.store = options.store ?? new LmdbStore(options.dataDir)
    this.#appends = new AppendQueue({
      store: this.store,
      logger,
      onTrouble: () => undefined,
      onCommit: () => undefined,
    })
    this.#compactor = new Compactor({ store: this.store, logger })
    this.registry = new RoomRegistry({
      store: this.store,
      appends: this.#appends,
      compactor: this.#compactor,
      logger,
      meter: { flushed: () => undefined },
      attach: (room) => this.mirror.attach(room),
    })
    this.mirror = new FileMirror({
      store: this.store,
      registry: this.registry,
      logger,
      onStatus: (status) => this.statuses.push(status),
      onNotice: (_room, notice) => this.notices.push(notice),
    })
  }

  /** Opens the file and keeps its room loaded. */
  async open(path: string): Promise<OpenDocument> {
    const { room, title } = await this.mirror.open(path)
    const handle = await this.registry.acquire(room)
    return new OpenDocument(handle, path, title)
  }

  lastTrouble(room: RoomName): string | null {
    return this.statuses.findLast((status) => status.room === room)?.trouble?.code ?? null
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    await this.registry.close()
    await this.mirror.close()
    await this.#compactor.close()
    await this.#appends.idle()
    await this.store.close()
  }
}

export class OpenDocument {
  readonly room: Room
  readonly path: string
  readonly title: string

  readonly #handle: RoomHandle

  constructor(handle: RoomHandle, path: string, title: string) {
    this.#handle = handle
    this.room = handle.room
    this.path = path
    this.title = title
  }

  /** The room is unloaded soon after. */
  close(): void {
    this.#handle.release()
  }

  get text(): string {
    return this.room.doc.getText("codemirror").toString()
  }

  get meta(): { title: unknown; eol: unknown; bom: unknown } {
    const meta = this.room.doc.getMap("meta")
    return { title: meta.get("title"), eol: meta.get("eol"), bom: meta.get("bom") }
  }

  get onDisk(): string {
    return readFileSync(this.path, "utf8")
  }

  type(at: number, words: string): void {
    this.room.change(person, (doc) => doc.getText("codemirror").insert(at, words))
  }

  /** A caret, which stays between the same two characters whatever others do. */
  caretAt(at: number): Y.RelativePosition {
    return Y.createRelativePositionFromTypeIndex(this.room.doc.getText("codemirror"), at, -1)
  }

  typeAt(caret: Y.RelativePosition, key: string): Y.RelativePosition {
    const at = Y.createAbsolutePositionFromRelativePosition(caret, this.room.doc)?.index ?? 0
    this.type(at, key)
    return this.caretAt(at + key.length)
  }

  typeAtEnd(words: string): void {
    this.type(this.room.doc.getText("codemirror").length, words)
  }

  async whenText(text: string): Promise<void> {
    await waitFor(
      () => this.text === text,
      () => `the document says ${JSON.stringify(text)}; it says ${JSON.stringify(this.text)}`,
    )
  }

  async whenOnDisk(text: string): Promise<void> {
    await waitFor(
      () => this.onDisk === text,
      () => `the file says ${JSON.stringify(text)}; it says ${JSON.stringify(this.onDisk)}`,
    )
  }

  /** Both say the same. */
  async whenAlike(): Promise<void> {
    await waitFor(
      () => this.onDisk === this.text,
      () => `${JSON.stringify(this.onDisk)} is ${JSON.stringify(this.text)}`,
    )
  }
}

export function note(folder: string, name = "note.md"): string {
  return join(folder, name)
}
