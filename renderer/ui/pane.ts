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

/** One document's editor as the frame around it sees it: what it reports, and what it can be told to do. */
export class Pane extends Observable<PaneView> {
  readonly #session: DocumentSession
  #editor: Editor | null = null
  /** Who was gone to last, so that the next press follows. */
  #shown: string | null = null
  #wantsFocus = false
  #endFollowing: (() => void) | null = null

  constructor(session: DocumentSession) {
    super({ words: null, line: null, following: null })
    this.#session = session
  }

  attach(editor: Editor): void {
    this.#editor = editor
    if (this.#wantsFocus) this.focus()
  }

  /** Ends the editor; it must go before its session does. */
  detach(): void {
    this.follow(null)
    this.#editor?.destroy()
    this.#editor = null
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
