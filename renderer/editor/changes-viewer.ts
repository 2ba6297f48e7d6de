import { EditorState, type Extension, type Range, StateEffect, StateField } from "@codemirror/state"
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  keymap,
  WidgetType,
} from "@codemirror/view"
import { markdownStyle } from "./markdown-style.ts"
import { readOnly } from "./read-only.ts"
import type { TextChange } from "./text-changes.ts"
import { textDirection } from "./text-direction.ts"
import { theme } from "./theme.ts"

export interface ChangesViewer {
  focus(): void
  /** Brings the change of that number, from 0, into the middle and marks it. */
  show(index: number): void
  destroy(): void
}

/** Shows a text with what came in since an earlier one underlined, and what went away struck through. It cannot be edited. */
export function createChangesViewer(options: {
  parent: HTMLElement
  before: string
  after: string
  changes: readonly TextChange[]
  label: string
  onStep: (by: 1 | -1) => void
  onClose: () => void
}): ChangesViewer {
  const { parent, before, after, changes } = options
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: after,
      extensions: [
        readOnly(),
        EditorView.editable.of(false),
        EditorView.lineWrapping,
        drawSelection(),
        textDirection(),
        markdownStyle(),
        EditorView.decorations.of(decorations(before, changes)),
        marked(changes),
        keymap.of([
          { key: "Escape", run: () => done(options.onClose) },
          { key: "Alt-ArrowDown", run: () => done(() => options.onStep(1)) },
          { key: "Alt-ArrowUp", run: () => done(() => options.onStep(-1)) },
        ]),
        EditorView.contentAttributes.of({ "aria-label": options.label, tabindex: "0" }),
        theme,
        changesTheme,
      ],
    }),
  })
  return {
    focus: () => view.focus(),
    show(index) {
      const change = changes[index]
      if (change === undefined) return
      view.dispatch({
        selection: { anchor: change.at },
        effects: [mark.of(index), EditorView.scrollIntoView(change.at, { y: "center" })],
      })
    },
    destroy: () => view.destroy(),
  }
}

function done(action: () => void): true {
  action()
  return true
}

const insertedText = Decoration.mark({ tagName: "ins", class: "cm-came" })

function decorations(before: string, changes: readonly TextChange[]): DecorationSet {
  const ranges: Range<Decoration>[] = []
  for (const { fromA, toA, fromB, toB } of changes.flatMap(({ parts }) => parts)) {
    if (toA > fromA) {
      const widget = new GoneText(before.slice(fromA, toA))
      ranges.push(Decoration.widget({ widget, side: -1 }).range(fromB))
    }
    if (toB > fromB) ranges.push(insertedText.range(fromB, toB))
  }
  return Decoration.set(ranges, true)
}

/** Words that are in the text no more. */
class GoneText extends WidgetType {
  readonly #text: string

  constructor(text: string) {
    super()
    this.#text = text
  }

  override eq(other: GoneText): boolean {
    return other.#text === this.#text
  }

  override toDOM(): HTMLElement {
    const element = document.createElement("del")
    element.className = "cm-went"
    // A line that went has nothing to strike through but its end.
    element.textContent = this.#text === "\n" ? "¶" : this.#text
    return element
  }
}

const mark = StateEffect.define<number>()

/** A bar beside the lines of the change that is looked at. */
function marked(changes: readonly TextChange[]): Extension {
  const line = Decoration.line({ class: "cm-change-here" })
  return StateField.define<DecorationSet>({
    create: () => Decoration.none,
    update(value, { effects, state }) {
      const index = effects.find((effect) => effect.is(mark))?.value
      if (index === undefined) return value
      const change = changes[index]
      if (change === undefined) return Decoration.none
      const end = change.parts.at(-1)?.toB ?? change.at
      const ranges: Range<Decoration>[] = []
      for (let at = change.at; at <= end; ) {
        const { from, to } = state.doc.lineAt(at)
        // A change that ends at a line's end does not touch the next one.
        if (ranges.length === 0 || from < end) ranges.push(line.range(from))
        at = to + 1
      }
      return Decoration.set(ranges)
    },
    provide: (field) => EditorView.decorations.from(field),
  })
}

const changesTheme = EditorView.theme({
  ".cm-came": {
    background: "var(--ins-wash)",
    color: "var(--success-text)",
    textDecoration: "underline",
    textUnderlineOffset: "3px",
  },
  ".cm-went": {
    background: "var(--del-wash)",
    color: "var(--danger-text)",
    textDecoration: "line-through",
    whiteSpace: "pre-wrap",
  },
  ".cm-went + .cm-came": { marginInlineStart: "2px" },
  ".cm-change-here::before": {
    content: '""',
    position: "absolute",
    insetBlock: "0",
    insetInlineStart: "calc(var(--before) - 18px)",
    inlineSize: "2px",
    background: "var(--accent)",
  },
})
