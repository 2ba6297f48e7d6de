import type { Logger } from "pino"
import * as Y from "yjs"
import { AppError } from "../../protocol/errors.ts"
import {
  type AwarenessEntry,
  type HostReport,
  HostState,
  writeAwarenessEntries,
  writeMessage,
} from "../../protocol/message.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import type { AppendQueue } from "../store/append-queue.ts"
import type { StoredRoom } from "../store/store.ts"
import { RoomAwareness } from "./awareness.ts"
import type { Source } from "./source.ts"

/** Two flushes are at least this far apart: one frame of a 60 Hz display, so that nobody sees the difference. */
const flushWindowMs = 16
/** An update without content: what an up-to-date peer answers to step 1. */
const emptyUpdateBytes = 2

/** A client's socket in the room. It gets frames that were made once for all. */
export interface Member extends Source {
  send(frame: Uint8Array): void
  /** Everything up to and including `sequence` is on disk. */
  durable(sequence: number): void
  /** The room's host report changed. */
  hostChanged(): void
}

/** What the file mirror and the replica link are told. None of them knows the others. */
export interface RoomObserver {
  /** One merged update. `sequence` is its place in the room's log; it is not durable yet. */
  updated?(change: RoomChange): void
  /** Everything up to and including `sequence` is on disk. */
  durable?(sequence: number): void
  /** Entries that changed, with outgoing clocks. Null: their source has gone. */
  awareness?(entries: readonly AwarenessEntry[], source: Source | null): void
  /** The room is about to be unloaded: finish what you have. */
  close?(): Promise<void>
}

export interface RoomChange {
  update: Uint8Array
  sequence: number
  sources: ReadonlySet<Source>
}

interface Received {
  update: Uint8Array
  source: Source
}

/** What the room counts; the server's metrics listen. */
export interface RoomMeter {
  flushed(updates: number, milliseconds: number): void
}

/**
 * One document, those who are in it, and its way to disk. Updates go to the inbox; a flush applies them in one transaction,
 * so that Yjs yields one merged update, which is framed once, sent to every member and appended to the log in the same turn.
 */
export class Room {
  readonly name: RoomName
  readonly doc = new Y.Doc()
  readonly #appends: AppendQueue
  readonly #logger: Logger
  readonly #meter: RoomMeter
  readonly #awareness = new RoomAwareness()
  readonly #members = new Set<Member>()
  readonly #observers = new Set<RoomObserver>()
  #inbox: Received[] = []
  #captured: Uint8Array[] = []
  #flushTimer: NodeJS.Timeout | null = null
  #lastFlush = Number.NEGATIVE_INFINITY
  #sequence: number
  #durableSequence: number
  /** Log entries that a snapshot would replace. */
  #logged: number
  #firstState: Uint8Array | null = null
  #durableWaiters: { sequence: number; resolve: () => void }[] = []
  #host: HostReport = { state: HostState.None, waiting: 0 }
  /** Set where the host lets us read only: nobody below may write then, whatever their own token says. */
  readOnly = false

  constructor(options: {
    name: RoomName
    stored: StoredRoom | null
    appends: AppendQueue
    logger: Logger
    meter: RoomMeter
  }) {
    this.name = options.name
    this.#appends = options.appends
    this.#logger = options.logger
    this.#meter = options.meter
    this.#sequence = options.stored?.sequence ?? 0
    this.#durableSequence = this.#sequence
    this.#logged = options.stored?.updates.length ?? 0
    if (options.stored !== null) this.#restore(options.stored)
    this.doc.on("update", (update: Uint8Array) => this.#captured.push(update))
  }

  get sequence(): number {
    return this.#sequence
  }

  get durableSequence(): number {
    return this.#durableSequence
  }

  get host(): HostReport {
    return this.#host
  }

  get memberCount(): number {
    return this.#members.size
  }

  join(member: Member): void {
    this.#members.add(member)
  }

  /** Takes the member out, and what it showed with it. */
  leave(member: Member): void {
    this.#members.delete(member)
    this.dropAwareness(member)
  }

  /** Answers what ends the observation. */
  observe(observer: RoomObserver): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  /** Puts a peer's update into the inbox: applied at once after a pause, else at the next flush. */
  receive(update: Uint8Array, source: Source): void {
    this.#inbox.push({ update, source })
    if (this.#flushTimer !== null) return
    const wait = this.#lastFlush + flushWindowMs - performance.now()
    if (wait <= 0) this.flush()
    else this.#flushTimer = setTimeout(() => this.flush(), wait)
  }

  /** Applies what waits in the inbox now. */
  flush(): void {
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer)
    this.#flushTimer = null
    if (this.#inbox.length === 0) return
    const start = performance.now()
    this.#lastFlush = start
    const inbox = this.#inbox
    this.#inbox = []
    // What came from the host is kept apart from what goes there, or the link would send it back.
    this.#apply(inbox.filter(({ source }) => source.isUpstream))
    this.#apply(inbox.filter(({ source }) => !source.isUpstream))
    this.#meter.flushed(inbox.length, performance.now() - start)
  }

  /** Changes the document on behalf of `source`, in one transaction that is told and appended like any update. */
  change(source: Source, edit: (doc: Y.Doc) => void): void {
    this.flush()
    this.#captured = []
    this.doc.transact(() => edit(this.doc), source)
    const [update] = this.#captured
    if (update === undefined) return
    this.#append(update)
    this.#tell({ update, sequence: this.#sequence, sources: new Set([source]) })
  }

  /** What a peer with this state vector lacks, as a frame. A newcomer's is made once and kept until the document changes. */
  firstFrame(stateVector: Uint8Array): Uint8Array {
    this.flush()
    const isEmpty = stateVector.length === 0 || (stateVector.length === 1 && stateVector[0] === 0)
    if (!isEmpty) return this.#stateFrame(stateVector)
    this.#firstState ??= this.#stateFrame(undefined)
    return this.#firstState
  }

  /** Our step 1: asks a peer for what we lack. */
  stepOneFrame(): Uint8Array {
    this.flush()
    return writeMessage({ type: "sync-step-1", stateVector: Y.encodeStateVector(this.doc) })
  }

  receiveAwareness(entries: readonly AwarenessEntry[], source: Source): void {
    const { accepted, contested } = this.#awareness.receive(entries, source)
    for (const owner of contested) owner.challenge?.()
    this.#tellAwareness(accepted, source)
  }

  awarenessEntries(): AwarenessEntry[] {
    return this.#awareness.entries()
  }

  /** Removes all that the source had shown. */
  dropAwareness(source: Source): void {
    this.#tellAwareness(this.#awareness.drop(source), null)
  }

  /** The link's report on the host, sent to the clients that asked for it. */
  setHost(report: HostReport): void {
    if (report.state === this.#host.state && report.waiting === this.#host.waiting) return
    this.#host = report
    for (const member of this.#members) member.hostChanged()
  }

  /** Tells every observer that the room is about to be unloaded, and waits for all of them. */
  async finish(): Promise<void> {
    this.flush()
    const results = await Promise.allSettled([...this.#observers].map((observer) => observer.close?.()))
    for (const result of results) {
      if (result.status === "rejected") {
        this.#logger.error(
          { event: "room-observer-failed", room: this.name, err: result.reason },
          "A room's observer could not finish",
        )
      }
    }
    this.flush()
  }

  /** A snapshot to replace the log by, where that is worth it and everything is on disk; else null. */
  snapshot(): { update: Uint8Array; sequence: number } | null {
    if (this.#logged === 0 || this.#durableSequence !== this.#sequence) return null
    this.#logged = 0
    return { update: Y.encodeStateAsUpdate(this.doc), sequence: this.#sequence }
  }

  /** Log entries since the last snapshot. */
  get logLength(): number {
    return this.#logged
  }

  /** Resolves when everything appended so far is on disk. While the disk refuses, that is not. */
  whenDurable(): Promise<void> {
    if (this.#durableSequence >= this.#sequence) return Promise.resolve()
    return new Promise((resolve) => this.#durableWaiters.push({ sequence: this.#sequence, resolve }))
  }

  destroy(): void {
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer)
    this.#flushTimer = null
    this.doc.destroy()
  }

  #restore(stored: StoredRoom): void {
    this.doc.transact(() => {
      if (stored.snapshot !== null) Y.applyUpdate(this.doc, stored.snapshot)
      for (const update of stored.updates) {
        try {
          Y.applyUpdate(this.doc, update)
        } catch (err) {
          // It was checked before it was appended, so this is damage; the rest of the log still counts.
          this.#logger.error(
            { event: "log-entry-unreadable", room: this.name, err },
            "An entry of the log is unreadable",
          )
        }
      }
    })
  }

  #apply(received: readonly Received[]): void {
    if (received.length === 0) return
    const hadPending = this.#hasPending()
    this.#captured = []
    const accepted: Received[] = []
    const outcomes: { source: Source; error: AppError | null }[] = []
    this.doc.transact(() => {
      for (const entry of received) {
        const error = this.#applyOne(entry.update)
        outcomes.push({ source: entry.source, error })
        if (error === null) accepted.push(entry)
      }
    })
    const [merged] = this.#captured
    if (hadPending || this.#hasPending()) {
      // Yjs tells nothing of an update that waits for its predecessor, so the log gets what came, as it came.
      for (const { update } of accepted) if (update.length > emptyUpdateBytes) this.#append(update)
    } else if (merged !== undefined) {
      this.#append(merged)
    }
    if (merged !== undefined) {
      const sources = new Set(accepted.map(({ source }) => source))
      this.#tell({ update: merged, sequence: this.#sequence, sources })
    }
    for (const { source, error } of outcomes) {
      if (error === null) source.applied?.(this.#sequence)
      else source.rejected?.(error)
    }
  }

  /** One malformed update must not harm its neighbours in the transaction. */
  #applyOne(update: Uint8Array): AppError | null {
    try {
      Y.applyUpdate(this.doc, update)
      return null
    } catch (cause) {
      return new AppError("FRAME_TRUNCATED", "This is not a Yjs update", { cause })
    }
  }

  #hasPending(): boolean {
    return this.doc.store.pendingStructs !== null || this.doc.store.pendingDs !== null
  }

  #append(update: Uint8Array): void {
    this.#sequence += 1
    this.#logged += 1
    this.#appends.push({
      room: this.name,
      sequence: this.#sequence,
      update,
      durable: (sequence) => this.#settle(sequence),
    })
  }

  #settle(sequence: number): void {
    this.#durableSequence = sequence
    for (const member of this.#members) member.durable(sequence)
    for (const observer of this.#observers) observer.durable?.(sequence)
    const settled = this.#durableWaiters.filter((waiter) => waiter.sequence <= sequence)
    this.#durableWaiters = this.#durableWaiters.filter((waiter) => waiter.sequence > sequence)
    for (const waiter of settled) waiter.resolve()
  }

  #tell(change: RoomChange): void {
    this.#firstState = null
    const frame = writeMessage({ type: "update", update: change.update })
    for (const member of this.#members) {
      const isOwn = change.sources.size === 1 && change.sources.has(member)
      if (!isOwn) member.send(frame)
    }
    for (const observer of this.#observers) observer.updated?.(change)
  }

  #tellAwareness(entries: readonly AwarenessEntry[], source: Source | null): void {
    if (entries.length === 0) return
    const frame = writeMessage({ type: "awareness", update: writeAwarenessEntries(entries) })
    for (const member of this.#members) if (member !== source) member.send(frame)
    for (const observer of this.#observers) observer.awareness?.(entries, source)
  }

  #stateFrame(stateVector: Uint8Array | undefined): Uint8Array {
    return writeMessage({ type: "sync-step-2", update: Y.encodeStateAsUpdate(this.doc, stateVector) })
  }
}
