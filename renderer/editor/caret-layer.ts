import type { Box, NamePlace } from "./caret-placement.ts"

/** What is to be drawn of one client, in the coordinates of the scrolled text. */
export interface DrawnCursor {
  clientId: number
  name: string
  /** 1 to 12: the place in the palette. */
  peer: number
  /** Null: outside what is on the screen. */
  caret: { box: Box; namePlace: NamePlace } | null
  washes: readonly { left: number; top: number; width: number; height: number }[]
}

interface Elements {
  caret: HTMLElement
  label: HTMLElement
  washes: HTMLElement[]
  top: number | null
}

/**
 * The elements of remote carets and selections. They lie over and under the text instead of in it: a caret that comes
 * and goes never changes a line, so it can neither break a composition nor move a word.
 */
export class CaretLayer {
  readonly #over: HTMLElement
  readonly #under: HTMLElement
  readonly #drawn = new Map<number, Elements>()

  constructor(scroller: HTMLElement) {
    this.#over = layer("peer-layer peer-layer-over")
    this.#under = layer("peer-layer peer-layer-under")
    scroller.append(this.#under, this.#over)
  }

  draw(cursors: readonly DrawnCursor[]): void {
    const here = new Set(cursors.map((cursor) => cursor.clientId))
    for (const [clientId, elements] of this.#drawn) {
      if (!here.has(clientId)) this.#remove(clientId, elements)
    }
    for (const cursor of cursors) {
      const elements = this.#drawn.get(cursor.clientId) ?? this.#add(cursor.clientId)
      drawCaret(elements, cursor)
      this.#drawWashes(elements, cursor)
    }
  }

  /** How wide the name is drawn, in CSS pixels; an estimate before it was drawn once. */
  nameWidth(clientId: number, name: string): number {
    const label = this.#drawn.get(clientId)?.label
    const measured = label?.textContent === name ? label.offsetWidth : 0
    return measured > 0 ? measured : 10 + name.length * 6.5
  }

  /** Shows the names of these carets only. */
  showNames(clientIds: ReadonlySet<number>): void {
    for (const [clientId, elements] of this.#drawn) {
      elements.caret.classList.toggle("still", !clientIds.has(clientId))
    }
  }

  remove(): void {
    this.#over.remove()
    this.#under.remove()
    this.#drawn.clear()
  }

  #add(clientId: number): Elements {
    const caret = document.createElement("div")
    const label = document.createElement("span")
    label.dir = "auto"
    caret.append(label)
    this.#over.append(caret)
    const elements: Elements = { caret, label, washes: [], top: null }
    this.#drawn.set(clientId, elements)
    return elements
  }

  #remove(clientId: number, elements: Elements): void {
    elements.caret.remove()
    for (const wash of elements.washes) wash.remove()
    this.#drawn.delete(clientId)
  }

  #drawWashes(elements: Elements, cursor: DrawnCursor): void {
    while (elements.washes.length > cursor.washes.length) elements.washes.pop()?.remove()
    for (const [index, rectangle] of cursor.washes.entries()) {
      let wash = elements.washes[index]
      if (wash === undefined) {
        wash = document.createElement("div")
        elements.washes.push(wash)
        this.#under.append(wash)
      }
      wash.className = `peer-sel peer-${cursor.peer}`
      place(wash, rectangle.left, rectangle.top)
      wash.style.width = `${rectangle.width}px`
      wash.style.height = `${rectangle.height}px`
    }
  }
}

function drawCaret(elements: Elements, cursor: DrawnCursor): void {
  const { caret, label } = elements
  if (cursor.caret === null) {
    caret.hidden = true
    elements.top = null
    return
  }
  const { box, namePlace } = cursor.caret
  const still = caret.classList.contains("still")
  // Glides within a line and jumps from line to line.
  const glides = elements.top !== null && Math.abs(elements.top - box.top) < 1
  caret.hidden = false
  caret.className = `peer-caret peer-${cursor.peer} ${namePlace}${glides ? " glide" : ""}${still ? " still" : ""}`
  if (label.textContent !== cursor.name) label.textContent = cursor.name
  place(caret, box.left, box.top)
  caret.style.height = `${box.bottom - box.top}px`
  elements.top = box.top
}

function place(element: HTMLElement, left: number, top: number): void {
  element.style.transform = `translate(${left}px, ${top}px)`
}

function layer(className: string): HTMLElement {
  const element = document.createElement("div")
  element.className = className
  element.setAttribute("aria-hidden", "true")
  return element
}
