import { EditorState, type Extension } from "@codemirror/state"
import { EditorView } from "@codemirror/view"
import { fromShared } from "./text-binding.ts"

/** Nothing but what others write changes the text. It can still be read, selected and copied with the keyboard. */
export function readOnly(): Extension {
  return [
    EditorState.readOnly.of(true),
    // No keyboard rises over the text on a phone.
    EditorView.contentAttributes.of({ inputmode: "none" }),
    EditorState.transactionFilter.of((transaction) =>
      transaction.docChanged && transaction.annotation(fromShared) !== true ? [] : transaction,
    ),
  ]
}
