import { type Extension, RangeSetBuilder } from "@codemirror/state"
import { Decoration, type DecorationSet, EditorView, ViewPlugin } from "@codemirror/view"

const ownDirection = Decoration.line({ attributes: { dir: "auto" } })

/** Each line takes the direction of its own first letter. */
export function textDirection(): Extension {
  const lines = ViewPlugin.define(
    (view) => ({
      decorations: visibleLines(view),
      update(update) {
        if (update.docChanged || update.viewportChanged) this.decorations = visibleLines(update.view)
      },
    }),
    { decorations: (value) => value.decorations },
  )
  return [EditorView.perLineTextDirection.of(true), lines]
}

function visibleLines(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>()
  for (const { from, to } of view.visibleRanges) {
    for (let position = from; position <= to; ) {
      const line = view.state.doc.lineAt(position)
      builder.add(line.from, line.from, ownDirection)
      position = line.to + 1
    }
  }
  return builder.finish()
}
