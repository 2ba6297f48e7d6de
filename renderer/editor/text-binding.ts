/**
 * Keeps an editor's text and the shared text the same. What others write waits in two cases: while somebody composes with
 * an input method, because the browser would break the composition off; and for the rest of a frame in which the editor
 * has changed already, because it keeps the reader's line in place once a frame only. Changes then pass each other as
 * in operational transformation:
 *
 *   waiting     what the shared text has and the editor has not, in the editor's positions
 *   own change  goes to the shared text at once, moved over `waiting`; `waiting` is moved over it in turn
 *
 * (Own then waiting.map(own) gives the same text as waiting then own.map(waiting, true). At one and the same place own
 * words come first: they belong to the word before them.)
 */
import {
  Annotation,
  ChangeSet,
  type ChangeSpec,
  type Extension,
  type Text,
  Transaction,
} from "@codemirror/state"
import { type EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view"
import type * as Y from "yjs"
import { insertedText, plainText } from "./plain-text.ts"
import { splitsCharacter, wellFormed } from "./surrogates.ts"

/** Marks a transaction that brings the editor what the shared text has already. */
export const fromShared = Annotation.define<true>()

/**
 * After the end of a composition the browser's last words are still to be read, and on some systems the next
 * composition begins at once. Milliseconds.
 */
const settleTime = 60

/** A frame that does not come, in a window that cannot be seen, is not waited for any longer. Milliseconds. */
const longestFrame = 200

interface Waiting {
  /** From the editor's text to the shared one. */
  changes: ChangeSet
  /** The shared text. */
  text: Text
}

interface Attached {
  view: EditorView
  waiting: Waiting | null
  /** A character was torn apart, so that the shared text says something that no change has told. */
  torn: boolean
  /** Ends the pause after which what waits is shown; null when there is no pause. */
  pause: (() => void) | null
}

export class TextBinding {
  readonly text: Y.Text
  readonly #origin: object
  #attached: Attached | null = null

  /** `origin` marks the shared text's transactions that come from this editor. */
  constructor(text: Y.Text, origin: object) {
    this.text = text
    this.#origin = origin
  }

  /** What the editor must start with. */
  initialText(): string {
    return plainText(this.text)
  }

  /** Binds the one editor view that has it. */
  extension(): Extension {
    return ViewPlugin.define(
      (view) => {
        this.#attach(view)
        return {
          update: (update) => this.#viewUpdated(update),
          destroy: () => this.#detach(),
        }
      },
      {
        eventObservers: {
          compositionend: () => this.#compositionEnded(),
        },
      },
    )
  }

  /** A position of the editor as a position of the shared text. */
  toShared(position: number): number {
    return this.#attached?.waiting?.changes.mapPos(position, 1) ?? position
  }

  /** A position of the shared text as one of the editor, whose text may lag behind. */
  fromShared(position: number): number {
    const attached = this.#attached
    if (attached === null) return position
    const { waiting, view } = attached
    if (waiting === null) return Math.min(position, view.state.doc.length)
    return waiting.changes.invertedDesc.mapPos(Math.min(position, waiting.text.length), 1)
  }

  /** Brings what waits into the editor now. */
  release(): void {
    const attached = this.#attached
    if (attached === null) return
    const { waiting } = attached
    attached.waiting = null
    if (waiting !== null) this.#show(attached, waiting.changes)
    else if (attached.torn) this.#repair(attached)
  }

  #attach(view: EditorView): void {
    if (this.#attached !== null) throw new Error("A text binding belongs to one editor view")
    this.#attached = { view, waiting: null, torn: false, pause: null }
    this.text.observe(this.#sharedChanged)
  }

  #detach(): void {
    this.text.unobserve(this.#sharedChanged)
    this.#attached?.pause?.()
    this.#attached = null
  }

  #compositionEnded(): void {
    const attached = this.#attached
    if (attached !== null && attached.waiting !== null) this.#pause(attached, afterComposition)
  }

  readonly #sharedChanged = (event: Y.YTextEvent, transaction: Y.Transaction): void => {
    const attached = this.#attached
    if (attached === null || transaction.origin === this.#origin) return
    const { view, waiting, pause } = attached
    const text = waiting?.text ?? view.state.doc
    let changes: ChangeSet
    try {
      changes = ChangeSet.of(changesOf(event.delta), text.length, "\n")
    } catch (error) {
      this.#repairSoon(error)
      return
    }
    attached.torn ||= tearsCharacter(text, changes)
    if (waiting === null && pause === null && !view.compositionStarted) {
      this.#show(attached, changes)
      return
    }
    const all = waiting === null ? changes : waiting.changes.compose(changes)
    attached.waiting = { changes: all, text: changes.apply(text) }
    if (pause === null) this.#pause(attached, afterComposition)
  }

  /** Shows what waits after the pause, unless somebody composes then: the end of that composition comes back here. */
  #pause(attached: Attached, kind: (done: () => void) => () => void): void {
    attached.pause?.()
    attached.pause = kind(() => {
      attached.pause = null
      if (!attached.view.compositionStarted) this.release()
    })
  }

  #show(attached: Attached, changes: ChangeSet): void {
    this.#pause(attached, afterFrame)
    this.#dispatch(attached.view, changes)
    if (attached.torn || attached.view.state.doc.length !== this.text.length) this.#repair(attached)
  }

  #dispatch(view: EditorView, changes: ChangeSet): void {
    view.dispatch({
      changes,
      annotations: [fromShared.of(true), Transaction.remote.of(true), Transaction.addToHistory.of(false)],
    })
  }

  #viewUpdated(update: ViewUpdate): void {
    const attached = this.#attached
    if (attached === null) return
    const { waiting, pause, view } = attached
    // A composition can end without a word, when the window loses the focus.
    if (waiting !== null && pause === null && !view.compositionStarted)
      this.#pause(attached, afterComposition)
    if (!update.docChanged || isFromShared(update)) return
    if (pause === null) this.#pause(attached, afterFrame)
    // An exception that left a view plugin would switch the plugin off, and with it all saving, without a word.
    try {
      this.#send(attached, update)
    } catch (error) {
      this.#repairSoon(error)
    }
  }

  #send(attached: Attached, update: ViewUpdate): void {
    const own = wholeCharacters(update.startState.doc, update.changes)
    const { waiting } = attached
    const shared = waiting === null ? own : own.map(waiting.changes, true)
    if (waiting !== null) {
      attached.torn ||= tearsCharacter(waiting.text, shared)
      attached.waiting = { changes: waiting.changes.map(own), text: shared.apply(waiting.text) }
    }
    this.text.doc?.transact(() => {
      let shift = 0
      shared.iterChanges((from, to, _fromB, _toB, insert) => {
        const inserted = insert.sliceString(0, insert.length, "\n")
        const whole = wellFormed(inserted)
        attached.torn ||= whole !== inserted
        if (to > from) this.text.delete(from + shift, to - from)
        if (whole !== "") this.text.insert(from + shift, whole)
        shift += whole.length - (to - from)
      }, true)
    }, this.#origin)
  }

  #repairSoon(error: unknown): void {
    reportError(error)
    setTimeout(() => {
      const attached = this.#attached
      if (attached === null) return
      attached.waiting = null
      this.#repair(attached)
    })
  }

  /** Makes the editor show exactly the shared text, with the smallest single change. */
  #repair(attached: Attached): void {
    attached.torn = false
    const { view } = attached
    const wanted = plainText(this.text)
    const shown = view.state.doc.toString()
    if (wanted === shown) return
    const start = commonStart(shown, wanted)
    const end = commonEnd(shown, wanted, start)
    const insert = wanted.slice(start, wanted.length - end)
    this.#dispatch(view, ChangeSet.of({ from: start, to: shown.length - end, insert }, shown.length, "\n"))
  }
}

function isFromShared(update: ViewUpdate): boolean {
  return update.transactions.some((transaction) => transaction.annotation(fromShared) === true)
}

/** Waits until the editor's own work of the next frame is done, whichever of the two asked for the frame first. */
function afterFrame(done: () => void): () => void {
  let timer = setTimeout(done, longestFrame)
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer)
    timer = setTimeout(done)
  })
  return () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
  }
}

function afterComposition(done: () => void): () => void {
  const timer = setTimeout(done, settleTime)
  return () => clearTimeout(timer)
}

function changesOf(delta: Y.YTextEvent["delta"]): ChangeSpec[] {
  const changes: ChangeSpec[] = []
  let position = 0
  for (const part of delta) {
    if (part.insert !== undefined) {
      changes.push({ from: position, insert: insertedText(part.insert) })
    } else if (part.delete !== undefined) {
      changes.push({ from: position, to: position + part.delete })
      position += part.delete
    } else {
      position += part.retain ?? 0
    }
  }
  return changes
}

/** Yjs replaces both halves of a character that a change tears apart, without an event for them. */
function tearsCharacter(doc: Text, changes: ChangeSet): boolean {
  let torn = false
  changes.iterChangedRanges((from, to) => {
    torn ||= splitsCharacter(doc, from) || splitsCharacter(doc, to)
  })
  return torn
}

/**
 * The same change in terms of whole characters. An editor may replace only the second half of a surrogate pair where
 * two emoji begin alike; in the shared text both halves would turn into question marks.
 */
function wholeCharacters(doc: Text, changes: ChangeSet): ChangeSet {
  if (!tearsCharacter(doc, changes)) return changes
  const specs: { from: number; to: number; insert: Text }[] = []
  changes.iterChanges((from, to, fromB, toB) => {
    const start = splitsCharacter(doc, from) ? from - 1 : from
    const end = splitsCharacter(doc, to) ? to + 1 : to
    const last = specs.at(-1)
    const insert = changes.apply(doc).slice(fromB - (from - start), toB + (end - to))
    if (last !== undefined && last.to > start) {
      // Two changes touch the halves of one character: they become one.
      const whole = changes.apply(doc).slice(changes.mapPos(last.from, -1), toB + (end - to))
      specs[specs.length - 1] = { from: last.from, to: end, insert: whole }
    } else {
      specs.push({ from: start, to: end, insert })
    }
  }, true)
  return ChangeSet.of(specs, doc.length)
}

function commonStart(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let length = 0
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length += 1
  return length
}

function commonEnd(a: string, b: string, start: number): number {
  const most = Math.min(a.length, b.length) - start
  let length = 0
  while (length < most && a.charCodeAt(a.length - 1 - length) === b.charCodeAt(b.length - 1 - length))
    length += 1
  return length
}
