import type { CaretReport, Editor } from "../editor/create-editor.ts"
import { Observable } from "../observable.ts"
import type { DocumentSession } from "../session/document-session.ts"
import type { Person } from "../session/session-snapshot.ts"

export interface PaneView {
  /** Null until the editor has counted. */
  words: number | null
  /** From 1; null until the caret has stood somewhere. */
  line: number | null
  /** Whose caret the text follows. */
  following: string | null
}

/** A place is told so long after the last move, in milliseconds: whoever reads along moves all the time. */
const placeSettle = 1_000

interface PaneOptions {
  /** Where the writer was the last time. Null: nowhere yet. */
  place?: string | null
  /** Where the writer is now, once they stay there. */
  onPlace?: (place: string) => void
}

/** One document's editor as the frame around it sees it: what it reports, and what it can be told to do. */
export class Pane extends Observable<PaneView> {
  readonly #session: DocumentSession
  #editor: Editor | null = null
  /** Who was gone to last, so that the next press follows. */
  #shown: string | null = null
  #wantsFocus = false
  #endFollowing: (() => void) | null = null
  readonly #onPlace: ((place: string) => void) | null
  /** Where to go once the text is here. */
  #place: string | null
  #placeTimer: ReturnType<typeof setTimeout> | null = null
  #endArrival: (() => void) | null = null

  constructor(session: DocumentSession, options: PaneOptions = {}) {
    super({ words: null, line: null, following: null })
    this.#session = session
    this.#place = options.place ?? null
    this.#onPlace = options.onPlace ?? null
  }

  attach(editor: Editor): void {
    this.#editor = editor
    if (this.#wantsFocus) this.focus()
    this.#endArrival = this.#session.subscribe(() => this.#arrive())
    this.#arrive()
  }

  /** Ends the editor; it must go before its session does. */
  detach(): void {
    this.follow(null)
    this.#endArrival?.()
    this.#tellPlace()
    this.#editor?.destroy()
    this.#editor = null
  }

  readonly placeChanged = (): void => {
    if (this.#onPlace === null || this.#place !== null || this.#placeTimer !== null) return
    this.#placeTimer = setTimeout(() => this.#tellPlace(), placeSettle)
  }

  /** Goes where the writer was, as soon as there is a text to be in. */
  #arrive(): void {
    if (!this.#session.snapshot().loaded) return
    this.#endArrival?.()
    this.#endArrival = null
    if (this.#place !== null) this.#editor?.goToPlace(this.#place)
    this.#place = null
  }

  #tellPlace(): void {
    if (this.#placeTimer === null) return
    clearTimeout(this.#placeTimer)
    this.#placeTimer = null
    if (this.#editor !== null) this.#onPlace?.(this.#editor.place())
  }

  /** Takes the keyboard into the text, as soon as there is one. */
  focus(): void {
    this.#wantsFocus = this.#editor === null
    this.#editor?.focus()
  }

  undo(): void {
    this.#editor?.undo()
  }

  redo(): void {
    this.#editor?.redo()
  }

  openSearch(): void {
    this.#editor?.openSearch()
  }

  readonly setCaret = (report: CaretReport): void => {
    this.set({ ...this.snapshot(), line: report.line })
  }

  readonly setWords = (words: number): void => {
    this.set({ ...this.snapshot(), words })
  }

  /** Shows where the person is; one's own caret stays. A second time in a row follows them; a third lets go. */
  goTo(person: Person): void {
    if (this.snapshot().following === person.id) this.follow(null)
    else if (this.#shown === person.id) this.follow(person.id)
    else {
      this.follow(null)
      this.#show(person)
      this.#shown = person.id
    }
  }

  /** Keeps the person's caret in sight until a key is pressed in the text. Null: no longer. */
  follow(id: string | null): void {
    this.#endFollowing?.()
    this.#endFollowing = null
    this.#shown = null
    const editor = this.#editor
    if (id !== null && editor !== null) {
      const owner = new AbortController()
      const letGo = () => this.follow(null)
      editor.view.dom.addEventListener("keydown", letGo, { signal: owner.signal, capture: true })
      const end = this.#session.subscribe(() => this.#showFollowed(id))
      this.#endFollowing = () => {
        owner.abort()
        end()
      }
      this.#showFollowed(id)
    }
    this.set({ ...this.snapshot(), following: editor === null ? null : id })
  }

  #showFollowed(id: string): void {
    const person = this.#session.snapshot().people.find((other) => other.id === id)
    if (person === undefined) this.follow(null)
    else this.#show(person)
  }

  #show(person: Person): void {
    if (person.caret !== null) this.#editor?.show(person.caret.position)
  }
}
