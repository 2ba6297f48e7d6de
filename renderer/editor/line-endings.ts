import { EditorState, type Extension, Transaction, type TransactionSpec } from "@codemirror/state"
import { EditorView } from "@codemirror/view"
import { fromShared } from "./text-binding.ts"

/**
 * The shared text has LF line ends only. A carriage return that another editor put there stays one character, as it is
 * one in the shared text; whatever is typed, pasted or dropped here loses its own.
 */
export const lineEndings: Extension = [
  EditorState.lineSeparator.of("\n"),
  EditorView.clipboardInputFilter.of((text) => normalised(text)),
  EditorState.transactionFilter.of((transaction) => {
    if (!transaction.docChanged || transaction.annotation(fromShared) === true) return transaction
    const changes: { from: number; to: number; insert: string }[] = []
    let returns = false
    transaction.changes.iterChanges((from, to, _fromB, _toB, inserted) => {
      const text = inserted.toString()
      returns ||= text.includes("\r")
      changes.push({ from, to, insert: normalised(text) })
    })
    if (!returns) return transaction
    const event = transaction.annotation(Transaction.userEvent)
    const spec: TransactionSpec = {
      changes,
      selection: { anchor: endOf(changes) },
      effects: transaction.effects,
      scrollIntoView: transaction.scrollIntoView,
    }
    return event === undefined ? spec : { ...spec, userEvent: event }
  }),
]

function normalised(text: string): string {
  return text.replace(/\r\n?/g, "\n")
}

/** Where the last insertion ends, in the new text. */
function endOf(changes: readonly { from: number; to: number; insert: string }[]): number {
  let shift = 0
  let end = 0
  for (const { from, to, insert } of changes) {
    end = from + shift + insert.length
    shift += insert.length - (to - from)
  }
  return end
}
