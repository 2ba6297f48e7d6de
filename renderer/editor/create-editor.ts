import { defaultKeymap } from "@codemirror/commands"
import { closeSearchPanel, openSearchPanel, search, searchKeymap } from "@codemirror/search"
import { Compartment, EditorState, type Extension } from "@codemirror/state"
import { drawSelection, dropCursor, EditorView, highlightSpecialChars, keymap } from "@codemirror/view"
import type { Awareness } from "y-protocols/awareness"
import type * as Y from "yjs"
import type { CaretLookup } from "../session/people.ts"
import type { SessionSnapshot } from "../session/session-snapshot.ts"
import { lineEndings } from "./line-endings.ts"
import { listKeys } from "./list-keys.ts"
import { markdownStyle } from "./markdown-style.ts"
import { ownCursor } from "./own-cursor.ts"
import { goToPlace, marginAbove, writePlace } from "./place.ts"
import { readOnly } from "./read-only.ts"
import { remoteCarets } from "./remote-carets.ts"
import { splitsCharacter } from "./surrogates.ts"
import { TextBinding } from "./text-binding.ts"
import { textDirection } from "./text-direction.ts"
import { phrases, searchTheme, theme } from "./theme.ts"
import { undoHistory } from "./undo-history.ts"
import { wordReports } from "./word-count.ts"

/** Where the writer's own caret stands, for the status bar. */
export interface CaretReport {
  /** From 1. */
  line: number
  /** UTF-16 units from the start of the text. */
  position: number
  /** UTF-16 units selected. */
  selected: number
}

/** What an editor needs of a session. */
export interface EditorSession {
  readonly text: Y.Text
  readonly awareness: Awareness
  readonly undoManager: Y.UndoManager
  readonly editOrigin: object
  subscribe(listener: () => void): () => void
  snapshot(): Pick<SessionSnapshot, "loaded" | "readOnly">
  setCaretLookup(lookup: CaretLookup | null): void
  caretsMoved(writers: readonly number[]): void
}

export interface EditorOptions {
  /** The element that the editor fills: it must have a height; the editor scrolls inside. */
  parent: HTMLElement
  session: EditorSession
  /** Read only for a reason that the session does not know; what the session knows, it adds by itself. */
  readOnly: boolean
  /** The document's title, for screen readers. */
  label: string
  onCaret?(report: CaretReport): void
  /** Words in the whole text: at once when the editor is made, then a moment after writing pauses. */
  onWords?(count: number): void
  /** The selection, or what is in sight, is another. */
  onPlace?(): void
}

/** One tab's editor. Each tab has its own; destroy it with the tab, before its session. */
export interface Editor {
  readonly view: EditorView
  setReadOnly(readOnly: boolean): void
  setLabel(label: string): void
  focus(): void
  /** Puts the caret there and scrolls it into the middle. A position past the end means the end. */
  goTo(position: number): void
  /** Where the writer is, to be kept; `goToPlace` goes there again, in this or another editor of the text. */
  place(): string
  goToPlace(place: string): void
  /** Scrolls the position into the middle and leaves the caret where it is: for following somebody. */
  show(position: number): void
  undo(): void
  redo(): void
  openSearch(): void
  closeSearch(): void
  destroy(): void
}

/**
 * Makes the editor of a session's text. Until the text has been received once, and whenever the session may not
 * write, it is read only.
 */
export function createEditor(options: EditorOptions): Editor {
  const { session } = options
  const binding = new TextBinding(session.text, session.editOrigin)
  const history = undoHistory(binding, session.undoManager)
  const label = new Compartment()
  const writing = new Compartment()
  const remote = remoteCarets({
    binding,
    awareness: session.awareness,
    onMoved: (writers) => session.caretsMoved(writers),
  })
  const view = new EditorView({
    parent: options.parent,
    state: EditorState.create({
      doc: binding.initialText(),
      extensions: [
        history.extension,
        binding.extension(),
        lineEndings,
        writing.of(readOnly()),
        label.of(labelled(options.label)),
        remote.extension,
        ownCursor(binding, session.awareness),
        options.onCaret === undefined ? [] : caretReports(options.onCaret),
        options.onWords === undefined ? [] : wordReports(options.onWords),
        options.onPlace === undefined ? [] : placeReports(options.onPlace),
        basics(),
      ],
    }),
  })
  session.setCaretLookup(caretLookup(view, session, remote.cursors))

  let wanted = options.readOnly
  const sessionReadOnly = () => {
    const { loaded, readOnly: denied } = session.snapshot()
    return denied || !loaded
  }
  let applied = true
  const apply = () => {
    const next = wanted || sessionReadOnly()
    if (next === applied) return
    applied = next
    view.dispatch({ effects: writing.reconfigure(next ? readOnly() : []) })
  }
  apply()
  const unsubscribe = session.subscribe(apply)

  const scrollTo = (position: number) => EditorView.scrollIntoView(position, { y: "center" })
  const clamp = (position: number) => {
    const inside = Math.max(0, Math.min(position, view.state.doc.length))
    return splitsCharacter(view.state.doc, inside) ? inside - 1 : inside
  }
  return {
    view,
    setReadOnly(readOnly) {
      wanted = readOnly
      apply()
    },
    setLabel: (text) => view.dispatch({ effects: label.reconfigure(labelled(text)) }),
    focus: () => view.focus(),
    goTo(position) {
      const anchor = clamp(position)
      view.dispatch({ selection: { anchor }, effects: scrollTo(anchor) })
    },
    place: () => writePlace(view, binding),
    goToPlace: (place) => goToPlace(view, binding, place),
    show: (position) => view.dispatch({ effects: scrollTo(clamp(position)) }),
    undo: () => void (view.state.readOnly || history.commands.undo()),
    redo: () => void (view.state.readOnly || history.commands.redo()),
    openSearch: () => void openSearchPanel(view),
    closeSearch: () => void closeSearchPanel(view),
    destroy() {
      unsubscribe()
      session.setCaretLookup(null)
      view.destroy()
    },
  }
}

function basics(): Extension {
  return [
    EditorView.lineWrapping,
    highlightSpecialChars(),
    drawSelection(),
    dropCursor(),
    EditorState.phrases.of(phrases),
    search({ top: true }),
    textDirection(),
    markdownStyle(),
    listKeys(),
    keymap.of([...searchKeymap, ...defaultKeymap]),
    EditorView.scrollMargins.of(() => ({ top: marginAbove, bottom: 48 })),
    theme,
    searchTheme,
  ]
}

function labelled(label: string): Extension {
  return EditorView.contentAttributes.of({
    "aria-label": label,
    // What can be edited takes the focus by itself, but tools that judge whether the text can be scrolled do not know.
    tabindex: "0",
    spellcheck: "true",
    autocorrect: "on",
    autocapitalize: "sentences",
  })
}

/** Tells the frame where the caret is. */
function caretReports(onCaret: (report: CaretReport) => void): Extension {
  return EditorView.updateListener.of((update) => {
    if (update.selectionSet || update.docChanged) onCaret(caretReport(update.state))
  })
}

/** Tells that the writer is somewhere else in the text. */
function placeReports(onPlace: () => void): Extension {
  return [
    EditorView.updateListener.of((update) => {
      if (update.selectionSet || update.docChanged) onPlace()
    }),
    EditorView.domEventHandlers({ scroll: () => onPlace() }),
  ]
}

function caretReport(state: EditorState): CaretReport {
  const { main } = state.selection
  return { line: state.doc.lineAt(main.head).number, position: main.head, selected: main.to - main.from }
}

function caretLookup(
  view: EditorView,
  session: EditorSession,
  cursors: { get(clientId: number): { head: number } | null },
): CaretLookup {
  return (clientId) => {
    const own = clientId === session.awareness.clientID
    const position = own ? view.state.selection.main.head : cursors.get(clientId)?.head
    if (position === undefined) return null
    return { position, line: view.state.doc.lineAt(position).number }
  }
}
