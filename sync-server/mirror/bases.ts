import type { RoomName } from "../../protocol/room-name.ts"
import { type FileStamp, stampText } from "./file-stamp.ts"
import { type BaseRecord, fingerprint, type MirrorRecords, type Slot } from "./mirror-records.ts"

/** What is known of the file's last text after a restart, the likeliest last. */
export interface Recalled {
  texts: string[]
  /** Whether a crash may have come between announcing the last text and writing it. */
  isInDoubt: boolean
}

/**
 * The bases of one room, kept so that a crash between any two steps neither loses an outside edit nor merges it twice.
 *
 *   reading  1. announce the text ("read")  2. merge it into the document, with its fingerprint, in one update
 *   writing  1. announce the text ("written")  2. rename the file  3. confirm
 *
 * A text that was read counts once the document carries its fingerprint: before, it is not merged; after, it is. A text that
 * was written and not confirmed may be in the file or not: the file itself tells.
 */
export class Bases {
  readonly #records: MirrorRecords
  readonly #room: RoomName
  #number = 0
  /** Holds the base that counts; the next text goes to the other one. */
  #slot: Slot = 1
  #announced: { slot: Slot; kind: BaseRecord["kind"]; text: string } | null = null
  #confirmed = 0

  constructor(records: MirrorRecords, room: RoomName) {
    this.#records = records
    this.#room = room
  }

  /** @param merged the fingerprint in the document */
  async recall(merged: string | null): Promise<Recalled> {
    this.#confirmed = (await this.#records.room(this.#room))?.confirmed ?? 0
    const found = await this.#records.bases(this.#room)
    found.sort((a, b) => a.record.number - b.record.number)
    this.#number = found.at(-1)?.record.number ?? 0
    const valid = found.filter(({ record }, at) => at < found.length - 1 || isMerged(record, merged))
    const last = valid.at(-1)
    if (last !== undefined) this.#slot = last.slot
    const isInDoubt = last?.record.kind === "written" && last.record.number > this.#confirmed
    if (isInDoubt) this.#slot = other(this.#slot)
    return { texts: valid.map(({ record }) => record.text), isInDoubt }
  }

  /** Resolves when the text is on disk as a base that may come to count. */
  async announce(kind: BaseRecord["kind"], text: string): Promise<void> {
    // A write that is tried again and again is announced once.
    if (this.#announced?.text === text && this.#announced.kind === kind) return
    const slot = other(this.#slot)
    this.#number += 1
    this.#announced = null
    await this.#records.putBase(this.#room, slot, { number: this.#number, kind, text })
    this.#announced = { slot, kind, text }
  }

  /** The announced text is in the document. */
  merged(): void {
    if (this.#announced !== null) this.#slot = this.#announced.slot
    this.#announced = null
  }

  /** The announced text is in the file at `path`. */
  async written(path: string, stamp: FileStamp | null): Promise<void> {
    this.merged()
    this.#confirmed = this.#number
    await this.moved(path, stamp)
  }

  /** Keeps where the room's file is, and how it was last seen. */
  moved(path: string, stamp: FileStamp | null): Promise<void> {
    const seen = stamp === null ? null : stampText(stamp)
    return this.#records.putRoom(this.#room, { path, confirmed: this.#confirmed, seen })
  }
}

function isMerged(record: BaseRecord, merged: string | null): boolean {
  return record.kind === "written" || fingerprint(record.text) === merged
}

function other(slot: Slot): Slot {
  return slot === 0 ? 1 : 0
}
