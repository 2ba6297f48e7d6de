import { type FileHandle, rm } from "node:fs/promises"
import { dirname } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import type { Logger } from "pino"
import type * as Y from "yjs"
import { AppError, type ErrorReport } from "../../protocol/errors.ts"
import type { Room } from "../sync/room.ts"
import type { Source } from "../sync/source.ts"
import { createFile, removeLeftover, replaceFile } from "./atomic-file.ts"
import type { Bases } from "./bases.ts"
import {
  fileNotFound,
  fileTakenAway,
  fileWrite,
  folderGone,
  keptBoth,
  readError,
  stoodAside,
} from "./file-error.ts"
import { type FileStamp, readStamp, sameStamp } from "./file-stamp.ts"
import { fileTitle } from "./file-title.ts"
import { mergeIntoText } from "./merge.ts"
import { fingerprint } from "./mirror-records.ts"
import type { MissingFile } from "./moved-files.ts"
import { lateMs, ReplacedFiles } from "./replaced-files.ts"
import { isRewritten } from "./rewritten.ts"
import { looksCutOff, readSettled } from "./settle.ts"
import { createSibling } from "./sibling.ts"
import { documentText, serialiseText, type TextFile, type TextFormat } from "./text-file.ts"
import { TextHistory } from "./text-history.ts"
import type { Watcher } from "./watcher.ts"

/** Written after so long a pause in typing, or so long after the first change: more for long texts. */
const quietMs = 300
const longestMs = 2_000
const unitsPerExtraMs = 10_000
const longestPerExtraMs = 4
/** Several events a write are usual; one look is enough. */
const noticeMs = 60
/** After a failure, each time twice as long. */
const firstRetryMs = 500
const lastRetryMs = 15_000
/** What the store has not made durable in this time is written later. */
const durableMs = 5_000
/** What is not written so long after the room was asked to close is written when it is next opened. */
const closeMs = 3_000
const writeTries = 5
/** What is no text after so many looks, about four seconds, is not in the middle of being written. */
const notTextLooks = 3

/** What is known to be in the file. */
interface OnDisk {
  text: string
  format: TextFormat
  /** Null: read in an earlier run. */
  stamp: FileStamp | null
}

type Work = "look" | "write"

/**
 * One open document and its file. Everything happens on one loop, a step at a time: look at the file, merge what another
 * program made of it, write what people made of the document.
 *
 * The document is written only when it says something else than the file, and only what the store has on disk: the file
 * never knows more than the log. A file that was renamed or moved is followed. One that was deleted is not made again by
 * itself, since `git checkout`, a sync client or a person may have meant it: that is reported, the words stay in the store,
 * and when the file is back, whatever was changed in it is merged and the document is written. A file that is no text any
 * more is left as it is, and the words go on in one beside it.
 */
export class MirroredFile {
  readonly #room: Room
  readonly #source: Source
  readonly #bases: Bases
  readonly #watcher: Watcher
  readonly #logger: Logger
  readonly #check: (path: string) => Promise<void>
  readonly #onMissing: (missing: MissingFile) => Promise<void>
  readonly #onAside: (path: string) => Promise<boolean>
  readonly #onNotice: (notice: ErrorReport) => void
  readonly #onStatus: (status: { path: string; trouble: ErrorReport | null }) => void
  readonly #history = new TextHistory()
  readonly #owner = new AbortController()
  #path: string
  #disk: OnDisk | null = null
  readonly #replaced = new ReplacedFiles()
  #trouble: ErrorReport | null
  /** When the document first changed since it was last written; null when it did not. */
  #dirtySince: number | null = null
  #failures = 0
  /** A person wants the file back, which is not there. */
  #mayMake = false
  #wanted: Work | null = null
  #working: Promise<void> | null = null
  #writeTimer: NodeJS.Timeout | null = null
  #lookTimer: NodeJS.Timeout | null = null
  #unwatch: (() => void) | null = null
  #finished: Promise<void> | null = null

  constructor(options: {
    room: Room
    source: Source
    path: string
    bases: Bases
    watcher: Watcher
    logger: Logger
    /** Asked before the file is read or written. */
    check: (path: string) => Promise<void>
    /** What was told last of this room. */
    trouble: ErrorReport | null
    /** The file is not at its path: it may have been moved, and then `moveTo` is called before this resolves. */
    onMissing: (missing: MissingFile) => Promise<void>
    /** The words are in another file from now on: `moveTo` is called before this resolves. False: they cannot be. */
    onAside: (path: string) => Promise<boolean>
    /** Something happened to the file that a person should know. */
    onNotice: (notice: ErrorReport) => void
    /** Called when the trouble or the path changed. */
    onStatus: (status: { path: string; trouble: ErrorReport | null }) => void
  }) {
    this.#room = options.room
    this.#source = options.source
    this.#path = options.path
    this.#bases = options.bases
    this.#watcher = options.watcher
    this.#logger = options.logger
    this.#check = options.check
    this.#trouble = options.trouble
    this.#onMissing = options.onMissing
    this.#onAside = options.onAside
    this.#onNotice = options.onNotice
    this.#onStatus = options.onStatus
  }

  get path(): string {
    return this.#path
  }

  /**
   * Seeds the room if it is new, else takes over what happened to the file meanwhile, and keeps both alike from then on.
   * @throws AppError FILE_…: the room is new and the file cannot be read
   */
  async start(): Promise<void> {
    await this.#clean()
    if (this.#room.doc.store.clients.size === 0) await this.#seed()
    else await this.#resume()
    this.#room.observe({ updated: () => this.#noteChange() })
    // A room that was given a file has people in it, who may have written while that was read.
    if (this.#disk !== null && this.#differs(this.#disk)) this.#noteChange()
    this.#unwatch = this.#watcher.watch(this.#path, () => this.#noteFile())
  }

  /** The file was moved. Resolves when writes go to the new path. */
  async moveTo(path: string): Promise<void> {
    this.#unwatch?.()
    this.#path = path
    this.#retitle()
    await this.#bases.moved(path, this.#disk?.stamp ?? null)
    this.#onStatus({ path, trouble: this.#trouble })
    if (this.#finished !== null) return
    this.#unwatch = this.#watcher.watch(path, () => this.#noteFile())
    this.#want("look")
  }

  /**
   * Makes the file again that another program took away, with what the document says. When it is back by itself, both are
   * brought together as ever. @throws AppError FILE_…
   */
  async restore(): Promise<void> {
    this.#mayMake = true
    this.#want("write")
    await this.#working
    this.#mayMake = false
    if (this.#trouble !== null) throw new AppError(this.#trouble.code, this.#trouble.message)
  }

  /** Something turned up that may be the file. Resolves when it was looked at. */
  async lookAgain(): Promise<void> {
    if (this.#finished !== null) return
    this.#want(this.#trouble === null ? "look" : "write")
    await this.#working
  }

  /** Writes what is not written, within a few seconds, and stops. Idempotent. */
  finish(): Promise<void> {
    this.#finished ??= this.#finish()
    return this.#finished
  }

  async #finish(): Promise<void> {
    this.#unwatch?.()
    this.#clearTimers()
    const deadline = delay(closeMs, undefined, { ref: false })
    // What the first look merges is written by the second step.
    this.#want("look")
    await Promise.race([this.#working, deadline])
    this.#want("write")
    await Promise.race([this.#working, deadline])
    this.#owner.abort()
    await this.#replaced.close()
    await Promise.race([this.#keepStamp(), deadline])
  }

  /** By this the file is known again when it is moved while nobody has it open. */
  async #keepStamp(): Promise<void> {
    try {
      await this.#bases.moved(this.#path, this.#disk?.stamp ?? null)
    } catch (err) {
      this.#logger.warn(
        { event: "stamp-not-kept", path: this.#path, err },
        "A file that is moved now gets a document of its own",
      )
    }
  }

  async #clean(): Promise<void> {
    try {
      await removeLeftover(this.#path, fingerprint(this.#room.name))
    } catch (err) {
      this.#logger.warn(
        { event: "leftover-stays", path: this.#path, err },
        "A temporary file could not be removed",
      )
    }
  }

  #clearTimers(): void {
    if (this.#writeTimer !== null) clearTimeout(this.#writeTimer)
    if (this.#lookTimer !== null) clearTimeout(this.#lookTimer)
    this.#writeTimer = null
    this.#lookTimer = null
  }

  // The document's side

  get #text(): Y.Text {
    return this.#room.doc.getText("codemirror")
  }

  get #meta(): Y.Map<unknown> {
    return this.#room.doc.getMap("meta")
  }

  /** Before anybody has the room, so nobody else can have put anything into it. */
  async #seed(): Promise<void> {
    await this.#check(this.#path)
    const file = await readSettled(this.#path, { before: null, signal: this.#owner.signal })
    if (file === null) throw fileNotFound(this.#path)
    await this.#bases.announce("read", file.text)
    this.#room.change(this.#source, () => {
      if (file.text !== "") this.#text.insert(0, file.text)
      this.#meta.set("title", fileTitle(this.#path))
      this.#describe(file)
    })
    this.#bases.merged()
    this.#history.add(file.text)
    this.#disk = file
    this.#report(null)
  }

  async #resume(): Promise<void> {
    const merged = this.#meta.get("disk")
    const { texts, isInDoubt } = await this.#bases.recall(typeof merged === "string" ? merged : null)
    const last = texts.at(-1)
    for (const text of texts.slice(0, -1)) this.#history.addOld(text)
    if (last !== undefined && isInDoubt) this.#history.attempt(last)
    else if (last !== undefined) this.#history.addOld(last)
    if (last !== undefined) this.#disk = { text: last, format: this.#wantedFormat(null), stamp: null }
    // It may have been moved while nobody had it open.
    this.#retitle()
    await this.#step("look")
    this.#noteChange()
  }

  /** What of the file the document carries beside the text. */
  #describe(file: TextFile): void {
    this.#describeFormat(file)
    this.#setMeta("disk", fingerprint(file.text))
  }

  #describeFormat({ text, format }: TextFile): void {
    // A text of one line says nothing of how its lines end.
    if (text.includes("\n") || !this.#meta.has("eol")) this.#setMeta("eol", format.eol)
    this.#setMeta("bom", format.bom)
  }

  #setMeta(key: string, value: string | boolean): void {
    if (this.#meta.get(key) !== value) this.#meta.set(key, value)
  }

  #retitle(): void {
    this.#room.change(this.#source, () => this.#setMeta("title", fileTitle(this.#path)))
  }

  /** People may change line ends and byte order mark; anything else in their place is not taken. */
  #wantedFormat(fallback: TextFormat | null): TextFormat {
    const [eol, bom] = [this.#meta.get("eol"), this.#meta.get("bom")]
    return {
      eol: eol === "lf" || eol === "crlf" ? eol : (fallback?.eol ?? "lf"),
      bom: typeof bom === "boolean" ? bom : (fallback?.bom ?? false),
    }
  }

  #noteChange(): void {
    if (this.#owner.signal.aborted) return
    const now = performance.now()
    this.#dirtySince ??= now
    if (this.#trouble !== null || this.#finished !== null) return
    const extra = this.#text.length / unitsPerExtraMs
    const due = Math.min(now + quietMs + extra, this.#dirtySince + longestMs + extra * longestPerExtraMs)
    if (this.#writeTimer !== null) clearTimeout(this.#writeTimer)
    this.#writeTimer = setTimeout(() => this.#want("write"), Math.max(due - now, 0))
  }

  // The file's side

  #noteFile(): void {
    if (this.#finished !== null) return
    this.#lookTimer ??= setTimeout(() => {
      this.#lookTimer = null
      this.#want(this.#trouble === null ? "look" : "write")
    }, noticeMs)
  }

  // The loop

  #want(work: Work): void {
    if (this.#wanted !== "write") this.#wanted = work
    this.#working ??= this.#work()
  }

  async #work(): Promise<void> {
    // Whoever asked keeps the promise first: the loop's last act is to remove it.
    await Promise.resolve()
    for (let work = this.#wanted; work !== null && !this.#owner.signal.aborted; work = this.#wanted) {
      this.#wanted = null
      await this.#step(work)
    }
    this.#working = null
  }

  async #step(work: Work): Promise<void> {
    // Only a write shows that what was in its way is gone.
    const isWriting = this.#dirtySince !== null && (work === "write" || this.#trouble !== null)
    const dirtySince = this.#dirtySince
    // Before the snapshot: what changes during the write must mark the document again.
    if (isWriting) this.#dirtySince = null
    try {
      await this.#look()
      if (isWriting) await this.#write()
      this.#failures = 0
      this.#report(null)
    } catch (error) {
      if (isWriting) this.#dirtySince = dirtySince
      this.#fail(error)
      if (this.#failures >= notTextLooks && isNotText(error)) await this.#stepAside()
    }
  }

  #fail(error: unknown): void {
    if (this.#owner.signal.aborted) return
    const expected = error instanceof AppError ? error : fileWrite(this.#path, error)
    if (this.#failures === 0) {
      this.#logger.warn(
        { event: "file-trouble", room: this.#room.name, path: this.#path, code: expected.code, err: error },
        "A document and its file could not be brought together; trying again",
      )
    }
    this.#failures += 1
    this.#report({ code: expected.code, message: expected.message })
    this.#retryIn(Math.min(firstRetryMs * 2 ** (this.#failures - 1), lastRetryMs))
  }

  #retryIn(ms: number): void {
    if (this.#finished !== null) return
    if (this.#writeTimer !== null) clearTimeout(this.#writeTimer)
    this.#writeTimer = setTimeout(() => this.#want("write"), ms)
  }

  #report(trouble: ErrorReport | null): void {
    if (trouble?.code === this.#trouble?.code && trouble?.message === this.#trouble?.message) return
    this.#trouble = trouble
    this.#onStatus({ path: this.#path, trouble })
  }

  // Looking

  async #look(): Promise<void> {
    await this.#check(this.#path)
    await this.#mergeLate()
    const stamp = await this.#stamp()
    if (stamp !== null && sameStamp(stamp, this.#disk?.stamp ?? null)) return
    const before = this.#disk?.text ?? null
    const path = this.#path
    const file = await readSettled(path, { before, signal: this.#owner.signal })
    if (path !== this.#path) return this.#look()
    if (file === null) {
      if (await this.#follow()) return this.#look()
      if (!this.#mayMake) throw await this.#absence()
      await this.#make()
      return
    }
    await this.#take(file)
    if (this.#differs(file)) this.#noteChange()
  }

  async #stamp(): Promise<FileStamp | null> {
    try {
      return await readStamp(this.#path)
    } catch (error) {
      throw readError(this.#path, error)
    }
  }

  /** Goes where another program moved the file. False: it is nowhere. */
  async #follow(): Promise<boolean> {
    const path = this.#path
    const { text, stamp } = this.#disk ?? { text: "", stamp: null }
    await this.#onMissing({ path, text, stamp })
    return this.#path !== path
  }

  async #absence(): Promise<AppError> {
    const folder = await readStamp(dirname(this.#path))
    return folder === null ? folderGone(this.#path) : fileTakenAway(this.#path)
  }

  /** Takes over what is in the file now. */
  async #take(file: TextFile): Promise<void> {
    if (this.#disk?.text === file.text) {
      this.#room.change(this.#source, () => this.#describeFormat(file))
      if (this.#history.isInDoubt) await this.#adopt(file)
      this.#disk = file
      return
    }
    const base = this.#history.baseOf(file.text)
    if (base === file.text) await this.#adopt(file)
    else if (base !== null && isRewritten(base, file.text) && isRewritten(base, this.#text.toString()))
      await this.#keepBoth(file)
    else await this.#merge(file, base)
    this.#disk = file
  }

  /** The text is the mirror's own, of which it did not know whether it came to be in the file. Nothing to merge. */
  async #adopt(file: TextFile): Promise<void> {
    await this.#bases.announce("written", file.text)
    await this.#bases.written(this.#path, file.stamp)
    this.#history.add(file.text)
  }

  async #merge(file: TextFile, base: string | null): Promise<void> {
    await this.#bases.announce("read", file.text)
    this.#room.change(this.#source, () => {
      mergeIntoText(this.#text, { base, disk: file.text })
      this.#describe(file)
    })
    this.#bases.merged()
    this.#history.addOutside(file.text)
    this.#logger.info(
      { event: "file-merged", room: this.#room.name, path: this.#path },
      "Merged an outside edit",
    )
  }

  #differs(file: OnDisk): boolean {
    const text = documentText(this.#text.toString())
    if (text !== file.text) return true
    const wanted = this.#wantedFormat(file.format)
    return wanted.bom !== file.format.bom || (wanted.eol !== file.format.eol && text.includes("\n"))
  }

  // Writing

  async #write(): Promise<void> {
    for (let attempt = 1; attempt <= writeTries; attempt++) {
      const known = this.#disk
      if (known === null) throw new Error("The file was not looked at before it was written")
      if (!this.#differs(known)) return
      if ((await this.#writeOnce(known)) !== "changed") return
      await this.#look()
    }
    throw fileWrite(this.#path, new Error("Another program keeps changing the file"))
  }

  async #writeOnce(known: OnDisk): Promise<"done" | "changed"> {
    const text = documentText(this.#text.toString())
    const format = this.#wantedFormat(known.format)
    if (!(await this.#isDurable())) {
      this.#dirtySince ??= performance.now()
      this.#retryIn(firstRetryMs)
      return "done"
    }
    if (known.stamp === null) return "changed"
    await this.#check(this.#path)
    await this.#bases.announce("written", text)
    this.#history.attempt(text)
    const bytes = serialiseText(text, format)
    const result = await replaceFile({
      path: this.#path,
      bytes,
      tag: fingerprint(this.#room.name),
      expected: known.stamp,
    })
    if (result.outcome === "changed") {
      this.#history.withdraw()
      return "changed"
    }
    this.#disk = { text, format, stamp: result.stamp }
    this.#history.confirm()
    if (result.old !== null) this.#keepReplaced(result.old, known.stamp)
    await this.#bases.written(this.#path, result.stamp)
    return "done"
  }

  /** Whether all that the document says now is in the store's log, and so the file may say it too. */
  async #isDurable(): Promise<boolean> {
    const waited = new AbortController()
    const signal = AbortSignal.any([waited.signal, this.#owner.signal])
    const late = delay(durableMs, false, { signal }).catch(() => false)
    try {
      return await Promise.race([this.#room.whenDurable().then(() => true), late])
    } finally {
      waited.abort()
    }
  }

  /** Something that is no text has the document's place for good: the words go on in a file beside it. */
  async #stepAside(): Promise<void> {
    try {
      if (!(await this.#isDurable())) return
      const text = documentText(this.#text.toString())
      const format = this.#wantedFormat(this.#disk?.format ?? null)
      const { path: taken } = this
      const options = { path: taken, mark: "words kept", tag: fingerprint(this.#room.name) }
      const { path, stamp } = await createSibling({ ...options, bytes: serialiseText(text, format) })
      if (!(await this.#onAside(path))) return await rm(path, { force: true })
      await this.#bases.announce("written", text)
      this.#disk = { text, format, stamp }
      this.#history.add(text)
      await this.#bases.written(path, stamp)
      this.#failures = 0
      this.#report(null)
      this.#onNotice(stoodAside(taken, path))
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Nothing is left of the text that both sides began with: under each other they would be no text at all. */
  async #keepBoth(file: TextFile): Promise<void> {
    const options = { path: this.#path, mark: "other version", tag: fingerprint(this.#room.name) }
    const { path } = await createSibling({ ...options, bytes: serialiseText(file.text, file.format) })
    await this.#bases.announce("read", file.text)
    this.#room.change(this.#source, () => this.#describe(file))
    this.#bases.merged()
    this.#history.addOutside(file.text)
    this.#onNotice(keptBoth(this.#path, path))
  }

  async #make(): Promise<void> {
    if (!(await this.#isDurable()))
      throw fileWrite(this.#path, new Error("The store does not take what is new"))
    const text = documentText(this.#text.toString())
    const format = this.#wantedFormat(this.#disk?.format ?? null)
    await this.#bases.announce("written", text)
    this.#history.attempt(text)
    const bytes = serialiseText(text, format)
    const stamp = await createFile({ path: this.#path, bytes, tag: fingerprint(this.#room.name) })
    if (stamp === null) {
      this.#history.withdraw()
      return this.#look()
    }
    this.#disk = { text, format, stamp }
    this.#history.confirm()
    await this.#bases.written(this.#path, stamp)
  }

  // What was replaced

  #keepReplaced(old: FileHandle, stamp: FileStamp): void {
    this.#replaced.keep(old, stamp)
    setTimeout(() => {
      if (this.#finished === null) this.#want("look")
    }, lateMs + 1).unref()
  }

  async #mergeLate(): Promise<void> {
    const fields = { room: this.#room.name, path: this.#path }
    const late = await this.#replaced.takeLate(this.#path, {
      all: this.#finished !== null,
      onUnreadable: (err) =>
        this.#logger.warn({ event: "late-edit-unreadable", ...fields, err }, "A late outside edit is lost"),
    })
    for (const text of late) {
      const base = this.#history.baseOf(text)
      // Nobody knows whether more was to come, and the file itself does not have it.
      if (base === text || (base !== null && looksCutOff(text, base))) continue
      this.#room.change(this.#source, () => mergeIntoText(this.#text, { base, disk: text }))
      this.#logger.info({ event: "file-merged-late", ...fields }, "Merged a late outside edit")
    }
  }
}

function isNotText(error: unknown): boolean {
  return error instanceof AppError && error.code === "FILE_NOT_TEXT"
}
