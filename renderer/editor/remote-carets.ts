import { EditorSelection, type Extension } from "@codemirror/state"
import { Direction, EditorView, RectangleMarker, ViewPlugin, type ViewUpdate } from "@codemirror/view"
import type { Awareness } from "y-protocols/awareness"
import { CaretLayer, type DrawnCursor } from "./caret-layer.ts"
import { type Box, placeName } from "./caret-placement.ts"
import { type RemoteCursor, RemoteCursors } from "./remote-cursors.ts"
import { fromShared, type TextBinding } from "./text-binding.ts"

/** How long a name stays by a caret that stopped moving, in milliseconds: `--t-name-label`. */
export const nameTime = 2400
/** A selection of more lines is drawn at its ends only. */
export const longestWash = 400
/** How near the pointer must come to a caret to see its name, in CSS pixels. */
const hoverReach = 6

export interface RemoteCaretsOptions {
  binding: TextBinding
  awareness: Awareness
  /** Somebody's caret moved, came or went, or its line changed. Clients whose words were just seen to arrive are named. */
  onMoved(writers: readonly number[]): void
}

/** Draws the carets and selections of everybody else. */
export function remoteCarets(options: RemoteCaretsOptions): { cursors: RemoteCursors; extension: Extension } {
  const cursors = new RemoteCursors(options.binding, options.awareness.clientID)
  const plugin = ViewPlugin.define((view) => new RemoteCarets(view, cursors, options), {
    eventObservers: {
      mousemove(event) {
        this.pointerMoved(event)
      },
      mouseleave() {
        this.pointerLeft()
      },
    },
  })
  return { cursors, extension: [plugin, look] }
}

class RemoteCarets {
  readonly #view: EditorView
  readonly #cursors: RemoteCursors
  readonly #options: RemoteCaretsOptions
  readonly #layer: CaretLayer
  readonly #measure: { key: object; read(view: EditorView): DrawnCursor[]; write(drawn: DrawnCursor[]): void }
  #shown: readonly DrawnCursor[] = []
  #hovered: number | null = null
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(view: EditorView, cursors: RemoteCursors, options: RemoteCaretsOptions) {
    this.#view = view
    this.#cursors = cursors
    this.#options = options
    this.#layer = new CaretLayer(view.scrollDOM)
    this.#measure = { key: this, read: () => this.#place(), write: (drawn) => this.#draw(drawn) }
    const { awareness } = options
    cursors.statesChanged(awareness.getStates().keys(), awareness.getStates(), Date.now() - nameTime)
    awareness.on("change", this.#statesChanged)
    view.requestMeasure(this.#measure)
  }

  update(update: ViewUpdate): void {
    if (update.docChanged) {
      const remote = update.transactions.some((transaction) => transaction.annotation(fromShared) === true)
      this.#options.onMoved(this.#cursors.textChanged(update.changes, { remote, now: Date.now() }))
    }
    if (update.docChanged || update.geometryChanged || update.selectionSet || update.focusChanged) {
      this.#view.requestMeasure(this.#measure)
    }
  }

  destroy(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#options.awareness.off("change", this.#statesChanged)
    this.#layer.remove()
  }

  pointerMoved(event: MouseEvent): void {
    const base = layerBase(this.#view)
    const x = (event.clientX - base.left) / this.#view.scaleX
    const y = (event.clientY - base.top) / this.#view.scaleY
    const near = this.#shown.find(({ caret }) => caret !== null && isNear(caret.box, x, y))
    this.#hover(near?.clientId ?? null)
  }

  pointerLeft(): void {
    this.#hover(null)
  }

  #hover(clientId: number | null): void {
    if (clientId === this.#hovered) return
    this.#hovered = clientId
    this.#showNames()
  }

  readonly #statesChanged = (change: { added: number[]; updated: number[]; removed: number[] }): void => {
    const clientIds = [...change.added, ...change.updated, ...change.removed]
    this.#cursors.statesChanged(clientIds, this.#options.awareness.getStates(), Date.now())
    this.#options.onMoved([])
    this.#view.requestMeasure(this.#measure)
  }

  #place(): DrawnCursor[] {
    const view = this.#view
    const base = layerBase(view)
    const surroundings = { base, own: ownCaret(view, base), visible: visibleBox(view, base) }
    return this.#cursors.list().map((cursor) => ({
      clientId: cursor.clientId,
      name: cursor.user.name,
      peer: cursor.user.peer,
      caret: this.#placeCaret(cursor, surroundings),
      washes: washes(view, cursor),
    }))
  }

  #placeCaret(cursor: RemoteCursor, around: Surroundings): DrawnCursor["caret"] {
    const box = caretBox(this.#view, cursor.head, around.base)
    if (box === null) return null
    const namePlace = placeName({
      caret: box,
      nameWidth: this.#layer.nameWidth(cursor.clientId, cursor.user.name),
      atLineEnd: this.#view.state.doc.lineAt(cursor.head).to === cursor.head,
      visible: around.visible,
      own: around.own,
    })
    return { box, namePlace }
  }

  #draw(drawn: DrawnCursor[]): void {
    this.#shown = drawn
    this.#layer.draw(drawn)
    this.#showNames()
  }

  /** Names of carets that moved lately, and of the one under the pointer. Comes back when the next one has rested. */
  #showNames(): void {
    const now = Date.now()
    const fresh = this.#cursors.list().filter((cursor) => now - cursor.movedAt < nameTime)
    const named = new Set(fresh.map((cursor) => cursor.clientId))
    if (this.#hovered !== null) named.add(this.#hovered)
    this.#layer.showNames(named)
    if (this.#timer !== null) clearTimeout(this.#timer)
    const next = Math.min(...fresh.map((cursor) => cursor.movedAt + nameTime))
    this.#timer = fresh.length === 0 ? null : setTimeout(() => this.#showNames(), next - now + 1)
  }
}

interface Point {
  left: number
  top: number
}

interface Surroundings {
  base: Point
  own: Box | null
  visible: Box
}

/** The corner of the scrolled text from which the layers count, in the window's coordinates. */
function layerBase(view: EditorView): Point {
  const scroller = view.scrollDOM
  const rect = scroller.getBoundingClientRect()
  const ltr = view.textDirection === Direction.LTR
  const left = ltr ? rect.left : rect.right - scroller.clientWidth * view.scaleX
  return { left: left - scroller.scrollLeft * view.scaleX, top: rect.top - scroller.scrollTop * view.scaleY }
}

function caretBox(view: EditorView, position: number, base: Point): Box | null {
  if (position < view.viewport.from || position > view.viewport.to) return null
  const rect = view.coordsAtPos(position, 1)
  if (rect === null) return null
  const left = (rect.left - base.left) / view.scaleX
  return {
    left: left - 1,
    right: left + 1,
    top: (rect.top - base.top) / view.scaleY,
    bottom: (rect.bottom - base.top) / view.scaleY,
  }
}

function ownCaret(view: EditorView, base: Point): Box | null {
  return view.hasFocus ? caretBox(view, view.state.selection.main.head, base) : null
}

function visibleBox(view: EditorView, base: Point): Box {
  const rect = view.scrollDOM.getBoundingClientRect()
  return {
    left: (rect.left - base.left) / view.scaleX,
    right: (rect.right - base.left) / view.scaleX,
    top: (rect.top - base.top) / view.scaleY,
    bottom: (rect.bottom - base.top) / view.scaleY,
  }
}

function washes(view: EditorView, cursor: RemoteCursor): DrawnCursor["washes"] {
  const from = Math.min(cursor.anchor, cursor.head)
  const to = Math.max(cursor.anchor, cursor.head)
  if (from === to) return []
  const first = view.state.doc.lineAt(from)
  const last = view.state.doc.lineAt(to)
  const ranges =
    last.number - first.number < longestWash
      ? [[from, to] as const]
      : [[from, first.to] as const, [last.from, to] as const]
  return ranges
    .filter(([start, end]) => start < end)
    .flatMap(([start, end]) => RectangleMarker.forRange(view, "peer-sel", EditorSelection.range(start, end)))
    .map(({ left, top, width, height }) => ({ left, top, width: width ?? 0, height }))
}

function isNear(box: Box, x: number, y: number): boolean {
  return x >= box.left - hoverReach && x <= box.right + hoverReach && y >= box.top && y <= box.bottom
}

const peers = Array.from({ length: 12 }, (_, index) => index + 1)
const peerColours = Object.fromEntries(
  peers.map((peer) => [`.peer-${peer}`, { "--p": `var(--peer-${peer})`, "--po": `var(--peer-${peer}-on)` }]),
)

const look = EditorView.theme({
  ".peer-layer": {
    position: "absolute",
    insetBlockStart: "0",
    left: "0",
    contain: "size style",
    pointerEvents: "none",
  },
  ".peer-layer-over": { zIndex: "var(--z-caret, 10)" },
  ".peer-layer-under": { zIndex: "-1" },
  ...peerColours,
  ".peer-sel": {
    position: "absolute",
    background: "color-mix(in srgb, var(--p) calc(var(--peer-wash) + 6%), transparent)",
    borderRadius: "2px",
  },
  ".peer-caret": {
    position: "absolute",
    width: "2px",
    background: "var(--p)",
    borderRadius: "1px",
  },
  ".peer-caret[hidden]": { display: "none" },
  ".peer-caret.glide": { transition: "transform var(--t-instant) linear" },
  ".peer-caret > span": {
    position: "absolute",
    bottom: "calc(100% - 3px)",
    left: "0",
    background: "var(--p)",
    color: "var(--po)",
    font: "600 10.5px/14px var(--font-ui)",
    letterSpacing: ".01em",
    padding: "0 5px",
    borderRadius: "3px 3px 3px 0",
    whiteSpace: "nowrap",
  },
  ".peer-caret.end > span": { bottom: "auto", top: "4px", left: "7px", borderRadius: "3px" },
  ".peer-caret.flip > span": { left: "auto", right: "0", borderRadius: "3px 3px 0 3px" },
  ".peer-caret.below > span": { bottom: "auto", top: "100%", borderRadius: "0 3px 3px 3px" },
  ".peer-caret.still > span, .peer-caret.hidden > span": { visibility: "hidden" },
  ".peer-caret.still::after, .peer-caret.hidden::after": {
    content: '""',
    position: "absolute",
    top: "-3px",
    left: "-2px",
    width: "6px",
    height: "6px",
    borderRadius: "50%",
    background: "var(--p)",
  },
  "@media (prefers-reduced-motion: reduce)": { ".peer-caret.glide": { transition: "none" } },
})
