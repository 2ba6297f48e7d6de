import { EditorView } from "@codemirror/view"
import type { DocumentSession } from "../session/document-session.ts"

/** Where the writer's own caret stands, for the status bar. */
export interface CaretReport {
  /** From 1. */
  line: number
  /** UTF-16 units from the start of the text. */
  position: number
  /** UTF-16 units selected. */
  selected: number
}

export interface EditorOptions {
  /** The element that the editor fills: it must have a height; the editor scrolls inside. */
  parent: HTMLElement
  session: DocumentSession
  /** Read only for a reason that the session does not know; what the session knows, it adds by itself. */
  readOnly: boolean
  /** The document's title, for screen readers. */
  label: string
  onCaret?(report: CaretReport): void
  /** Words in the whole text, told a moment after it stops changing. */
  onWords?(count: number): void
  /** A remote caret's label or a link was asked to be followed with Ctrl/Cmd and a click. */
  onOpenLink?(target: string): void
}

/** One tab's editor. Each tab has its own; destroy it with the tab. */
export interface Editor {
  readonly view: EditorView
  setReadOnly(readOnly: boolean): void
  setLabel(label: string): void
  focus(): void
  /** Puts the caret there and scrolls it into the middle. A position past the end means the end. */
  goTo(position: number): void
  undo(): void
  redo(): void
  /** Opens the search panel, with its replace field or without. */
  openSearch(): void
  destroy(): void
}

export function createEditor(options: EditorOptions): Editor {
  const view = new EditorView({ parent: options.parent, doc: options.session.text.toString() })
  return {
    view,
    setReadOnly() {},
    setLabel() {},
    focus: () => view.focus(),
    goTo: (position) => view.dispatch({ selection: { anchor: position } }),
    undo: () => options.session.undoManager.undo(),
    redo: () => options.session.undoManager.redo(),
    openSearch() {},
    destroy: () => view.destroy(),
  }
}
