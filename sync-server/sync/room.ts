import type { Logger } from "pino"
import type * as Y from "yjs"
import { AppError } from "../../protocol/errors.ts"
import { type AwarenessEntry, type HostReport, HostState } from "../../protocol/message.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import type { AppendQueue } from "../store/append-queue.ts"
import type { CompactedLog } from "../store/compaction.ts"
import type { StoredRoom } from "../store/store.ts"
import { type AwarenessChange, RoomAwareness } from "./awareness.ts"
import { batchesOf } from "./batches.ts"
import { RoomDocument } from "./document.ts"
import { isEmptyUpdate } from "./empty-update.ts"
import { flushWindow } from "./flush-window.ts"
import { frameOf } from "./frame.ts"
import { Newcomers } from "./newcomers.ts"
import { Pace } from "./pace.ts"
import type { Source } from "./source.ts"
import { type RoomChange, Telling } from "./telling.ts"

/** Cursors alone wait a little longer than edits: nobody sees a hand move faster than this. */
const presenceWindowMs = 25
/** Without a change for this long, a document rests as bytes. */
const restAfterMs = 30_000
/** A document up to this size that was only loaded rests as soon as it is encoded: bringing it to life again takes a few milliseconds. */
const soonAtRestBytes = 256 * 1024

/** A client's socket in the room. It gets frames that were made once for all. */
export interface Member extends Source {
  /** One or several whole WebSocket frames, which nobody may change. */
  send(frames: Buffer): void
  /** Everything up to and including `sequence` is on disk. True: nothing that this member sent waits any more. */
  durable(sequence: number): boolean
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

interface Received {
  update: Uint8Array
  source: Source
}

/** What the room counts; the server's metrics listen. */
export interface RoomMeter {
  /** `windowMs`: the next flush comes this much later at the earliest. */
  flushed(flush: { updates: number; milliseconds: number; windowMs: number }): void
}

/**
 * One document, those who are in it, and its way to disk. Updates go to the inbox; a flush applies them in one transaction,
 * a great many in several, so that Yjs yields one merged update, which is framed once, sent to every member and appended to
 * the log in the same turn.
 * What people show of themselves goes out with the same flush, in the same write.
 */
export class Room {
  readonly name: RoomName
  readonly #appends: AppendQueue
  readonly #logger: Logger
  readonly #meter: RoomMeter
  readonly #document: RoomDocument
  readonly #awareness = new RoomAwareness()
  readonly #members = new Map<Source, Member>()
  /** Members that sent something which is not on disk yet. */
  readonly #unsettled = new Set<Member>()
  readonly #observers = new Set<RoomObserver>()
  #inbox: Received[] = []
  readonly #pace = new Pace(flushWindow)
  #flushTimer: NodeJS.Timeout | null = null
  /** The timer was set for an edit, not for cursors alone. */
  #isTimerHurried = false
  #sequence: number
  readonly #loadedSequence: number
  #durableSequence: number
  /** The log up to here is in the snapshot. */
  #compacted: number
  #logBytes: number
  #snapshotBytes: number
  readonly #newcomers = new Newcomers(() => this.#encodeFirstFrame())
  #stepOneFrame: Buffer | null = null
  #durableWaiters: { sequence: number; resolve: () => void }[] = []
  #host: HostReport = { state: HostState.None, waiting: 0 }
  /** Set where the host lets us read only: nobody below may write then, whatever their own token says. */
  readOnly = false

  /** @throws AppError STORE_DAMAGED */
  constructor(options: {
    name: RoomName
    stored: StoredRoom | null
    appends: AppendQueue
    logger: Logger
    meter: RoomMeter
  }) {
    const { name, stored, logger } = options
    this.name = name
    this.#appends = options.appends
    this.#logger = logger
    this.#meter = options.meter
    this.#sequence = stored?.sequence ?? 0
    this.#loadedSequence = this.#sequence
    this.#durableSequence = this.#sequence
    this.#compacted = this.#sequence - (stored?.updates.length ?? 0)
    this.#logBytes = stored?.updates.reduce((sum, update) => sum + update.length, 0) ?? 0
    this.#snapshotBytes = stored?.snapshot?.length ?? 0
    try {
      this.#document = new RoomDocument(stored, (err) =>
        // It was checked before it was appended, so this is damage; the rest of the log still counts.
        logger.error({ event: "log-entry-unreadable", room: name, err }, "An entry of the log is unreadable"),
      )
    } catch (cause) {
      throw damaged(cause)
    }
  }

  /** The living document: for those who look into it or edit it in here. Asking for it ends its rest. */
  get doc(): Y.Doc {
    return this.#document.doc
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

  /** Who shows something. */
  get awarenessCount(): number {
    return this.#awareness.size
  }

  /** About how many bytes a newcomer is given. */
  get size(): number {
    return this.#newcomers.frame?.length ?? this.#snapshotBytes + this.#logBytes
  }

  /** Log entries since the last snapshot. */
  get logLength(): number {
    return this.#sequence - this.#compacted
  }

  /** Of the log entries since the last snapshot, and of that snapshot. */
  get storedBytes(): { log: number; snapshot: number } {
    return { log: this.#logBytes, snapshot: this.#snapshotBytes }
  }

  get isResting(): boolean {
    return this.#document.isResting
  }

  join(member: Member): void {
    this.#members.set(member, member)
    this.#awareness.join(member)
  }

  /** Takes the member out, and what it showed with it. */
  leave(member: Member): void {
    this.#members.delete(member)
    this.#unsettled.delete(member)
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
    this.#flushSoon()
  }

  receiveAwareness(entries: readonly AwarenessEntry[], source: Source): void {
    for (const owner of this.#awareness.receive(entries, source)) owner.challenge?.()
    if (this.#awareness.hasChanges) this.#flushSoon()
  }

  /** Removes all that the source had shown. */
  dropAwareness(source: Source): void {
    this.#awareness.drop(source)
    if (this.#awareness.hasChanges) this.#flushSoon()
  }

  awarenessEntries(): AwarenessEntry[] {
    return this.#awareness.entries()
  }

  /** Applies what waits in the inbox now, and tells everybody what is new. */
  flush(): void {
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer)
    this.#flushTimer = null
    if (this.#inbox.length === 0 && !this.#awareness.hasChanges) return
    const start = performance.now()
    const inbox = this.#inbox
    this.#inbox = []
    const batches = batchesOf(inbox)
    const changes = batches.map((batch) => this.#apply(batch)).filter((change) => change !== null)
    const applied = performance.now()
    this.#tell(changes, this.#awareness.hasChanges ? this.#awareness.takeChanges() : [])
    const end = performance.now()
    // Waiting longer would save tellings and transactions, but not the full ones.
    this.#pace.done(start, (applied - start) / Math.max(batches.length, 1) + end - applied)
    this.#meter.flushed({
      updates: inbox.length,
      milliseconds: end - start,
      windowMs: this.#pace.windowMs,
    })
  }

  /** Changes the document on behalf of `source`, in one transaction that is told and appended like any update. */
  change(source: Source, edit: (doc: Y.Doc) => void): void {
    this.flush()
    const update = this.#document.change(source, edit)
    if (update === null) return
    this.#append(update, authorsOf([source]))
    this.#tell([{ update, sequence: this.#sequence, sources: new Set([source]) }], [])
  }

  /** Gives a newcomer the whole document: at once when it is encoded already, else soon. */
  firstFrame(receive: (frame: Buffer) => void): void {
    this.#newcomers.greet(receive)
  }

  /**
   * What a peer with this state vector lacks, as a frame. `known`: the step 2 that the peer sent itself, which tells its
   * deletions; null: it may know none. @throws AppError FRAME_TRUNCATED
   */
  missingFrame(stateVector: Uint8Array, known: Uint8Array | null): Buffer {
    return frameOf({ type: "sync-step-2", update: this.missing(stateVector, known) })
  }

  /** As `missingFrame`, but the update alone. @throws AppError FRAME_TRUNCATED */
  missing(stateVector: Uint8Array, known: Uint8Array | null): Uint8Array {
    try {
      return this.#document.missing(stateVector, known)
    } catch (cause) {
      throw new AppError("FRAME_TRUNCATED", "This is not a state vector, or not a Yjs update", { cause })
    }
  }

  /** Whether the update brings nothing new. @throws AppError FRAME_TRUNCATED */
  holds(update: Uint8Array): boolean {
    try {
      return this.#document.holds(update)
    } catch (cause) {
      throw new AppError("FRAME_TRUNCATED", "This is not a Yjs update", { cause })
    }
  }

  /** What the document's deletions take in an answer to step 1, where the peer's are not known. */
  get deletionBytes(): number {
    return this.#document.deletions().encoded.length
  }

  stateVector(): Uint8Array {
    return this.#document.stateVector()
  }

  /** Our step 1: asks a peer for what we lack. */
  stepOneFrame(): Buffer {
    this.#stepOneFrame ??= frameOf({ type: "sync-step-1", stateVector: this.stateVector() })
    return this.#stepOneFrame
  }

  /** The link's report on the host, sent to the clients that asked for it. */
  setHost(report: HostReport): void {
    if (report.state === this.#host.state && report.waiting === this.#host.waiting) return
    this.#host = report
    for (const member of this.#members.values()) member.hostChanged()
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

  /** Resolves when everything appended so far is on disk. While the disk refuses, that is not. */
  whenDurable(): Promise<void> {
    if (this.#durableSequence >= this.#sequence) return Promise.resolve()
    return new Promise((resolve) => this.#durableWaiters.push({ sequence: this.#sequence, resolve }))
  }

  /** The log, or the beginning of it, is in a snapshot now. One that was there when the room was loaded is no news. */
  compacted({ through, snapshot, logBytes }: CompactedLog): void {
    if (through <= this.#compacted) return
    this.#compacted = through
    this.#snapshotBytes = snapshot.length
    this.#logBytes = through === this.#sequence ? 0 : Math.max(0, this.#logBytes - logBytes)
  }

  /** Whether nobody has changed the document for a while, and nobody in here looks into it. */
  mayRest(now: number): boolean {
    return (
      !this.isResting &&
      this.#durableSequence === this.#sequence &&
      now - this.#pace.last > restAfterMs &&
      this.#isUnused
    )
  }

  get #isUnused(): boolean {
    return (
      this.#inbox.length === 0 && [...this.#observers].every((observer) => observer.updated === undefined)
    )
  }

  /** Gives up the living document for its state, which is taken on trust. */
  rest(state: Uint8Array): void {
    this.#document.rest(state)
    this.#newcomers.changed()
  }

  destroy(): void {
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer)
    this.#flushTimer = null
    this.#newcomers.close()
    this.#document.destroy()
  }

  #flushSoon(): void {
    const isHurried = this.#inbox.length > 0
    if (this.#flushTimer !== null) {
      if (!isHurried || this.#isTimerHurried) return
      clearTimeout(this.#flushTimer)
      this.#flushTimer = null
    }
    const wait = this.#pace.wait(performance.now(), isHurried ? 0 : presenceWindowMs)
    if (wait === 0) {
      this.flush()
      return
    }
    this.#isTimerHurried = isHurried
    this.#flushTimer = setTimeout(() => this.flush(), wait)
  }

  /** Answers what it changed; null: nothing. */
  #apply(received: readonly Received[]): RoomChange | null {
    const applied = this.#applied(received)
    if (applied === null) return null
    const { merged, errors, isPending } = applied
    // With what waited for a predecessor goes out what others sent before, which nobody was told of: then it is nobody's.
    const sources = new Set<Source>()
    for (const [index, { update, source }] of received.entries()) {
      if (errors[index] !== null) continue
      if (!isPending) sources.add(source)
      // Yjs tells nothing of an update that waits for its predecessor, so the log gets what came, as it came.
      else if (!isEmptyUpdate(update)) this.#append(update, authorsOf([source]))
    }
    // Of what was not taken a part may be in the document, and that came in no other way.
    const isPartial = errors.some((error) => error !== null)
    if (merged !== null && (!isPending || isPartial)) this.#append(merged, authorsOf(sources))
    for (const [index, { source }] of received.entries()) this.#answer(source, errors[index] ?? null)
    return merged === null ? null : { update: merged, sequence: this.#sequence, sources }
  }

  /** Null when the document cannot be brought to life: then nothing was applied, and everybody is told so. */
  #applied(received: readonly Received[]) {
    try {
      return this.#document.apply(received.map(({ update }) => update))
    } catch (cause) {
      const error = damaged(cause)
      this.#logger.error({ event: "document-damaged", room: this.name, err: error }, error.message)
      for (const { source } of received) source.rejected?.(error)
      return null
    }
  }

  #answer(source: Source, error: AppError | null): void {
    if (error !== null) {
      source.rejected?.(error)
      return
    }
    source.applied?.(this.#sequence)
    const member = this.#members.get(source)
    if (member !== undefined && this.#durableSequence < this.#sequence) this.#unsettled.add(member)
  }

  readonly #settle = (sequence: number): void => {
    this.#durableSequence = sequence
    for (const member of this.#unsettled) if (member.durable(sequence)) this.#unsettled.delete(member)
    for (const observer of this.#observers) observer.durable?.(sequence)
    if (this.#durableWaiters.length === 0) return
    const settled = this.#durableWaiters.filter((waiter) => waiter.sequence <= sequence)
    this.#durableWaiters = this.#durableWaiters.filter((waiter) => waiter.sequence > sequence)
    for (const waiter of settled) waiter.resolve()
  }

  #append(update: Uint8Array, authors: readonly string[]): void {
    this.#sequence += 1
    this.#logBytes += update.length
    this.#newcomers.changed()
    this.#stepOneFrame = null
    this.#appends.push({
      room: this.name,
      sequence: this.#sequence,
      update,
      time: Date.now(),
      authors,
      durable: this.#settle,
    })
  }

  #tell(changes: readonly RoomChange[], shown: readonly AwarenessChange[]): void {
    const [change] = changes
    if (shown.length > 0 || changes.length > 1) this.#tellTogether(changes, shown)
    else if (change !== undefined) this.#tellChange(change)
  }

  /** Most flushes of most rooms: one change, and one or two who hear of it. */
  #tellChange(change: RoomChange): void {
    let frame: Buffer | null = null
    for (const member of this.#members.values()) {
      if (change.sources.size === 1 && change.sources.has(member)) continue
      frame ??= frameOf({ type: "update", update: change.update })
      member.send(frame)
    }
    for (const observer of this.#observers) observer.updated?.(change)
  }

  #tellTogether(changes: readonly RoomChange[], shown: readonly AwarenessChange[]): void {
    const telling = new Telling(changes, shown)
    for (const member of this.#members.values()) {
      const frames = telling.framesFor(member)
      if (frames.length > 0) member.send(frames)
    }
    for (const observer of this.#observers) {
      for (const change of changes) observer.updated?.(change)
      for (const [source, entries] of telling.shownBy) observer.awareness?.(entries, source)
    }
  }

  #encodeFirstFrame(): Buffer {
    const state = this.#document.state()
    const frame = frameOf({ type: "sync-step-2", update: state })
    const maySoonRest =
      this.#sequence === this.#loadedSequence && state.length <= soonAtRestBytes && this.#isUnused
    // The frame ends with the state: a resting document needs no second copy of it.
    if (this.isResting || maySoonRest) this.#document.rest(frame.subarray(frame.length - state.length))
    return frame
  }
}

function authorsOf(sources: Iterable<Source>): string[] {
  const authors = new Set<string>()
  for (const { author } of sources) if (author !== "") authors.add(author)
  return [...authors]
}

function damaged(cause: unknown): AppError {
  return new AppError("STORE_DAMAGED", "What the store has of this document cannot be read", { cause })
}
