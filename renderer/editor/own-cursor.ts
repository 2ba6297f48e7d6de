import { type Extension, Prec } from "@codemirror/state"
import { EditorView } from "@codemirror/view"
import type { Awareness } from "y-protocols/awareness"
import { readCursor, sameCursor, writeCursor } from "./shared-cursor.ts"
import type { TextBinding } from "./text-binding.ts"

/**
 * Shows the own selection to the others, in the awareness field `cursor`. It stays shown while the window is behind
 * another one, and moves only while the text has the focus.
 */
export function ownCursor(binding: TextBinding, awareness: Awareness): Extension {
  const publish = EditorView.updateListener.of((update) => {
    const { view } = update
    if (!update.selectionSet && !update.docChanged && !update.focusChanged) return
    if (!view.hasFocus || !view.dom.ownerDocument.hasFocus()) return
    const state = awareness.getLocalState()
    if (state === null) return
    const cursor = writeCursor(binding, view.state.selection.main)
    if (!sameCursor(readCursor(state), cursor)) awareness.setLocalStateField("cursor", cursor)
  })
  // Last: the shared text must have the change before a position in it can be named.
  return Prec.lowest(publish)
}
