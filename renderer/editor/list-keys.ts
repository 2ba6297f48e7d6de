import { indentLess, indentMore, insertTab } from "@codemirror/commands"
import { indentUnit, syntaxTree } from "@codemirror/language"
import type { EditorState, Extension } from "@codemirror/state"
import { type Command, keymap } from "@codemirror/view"

/**
 * Tab moves list items and selected lines in, Shift+Tab out; elsewhere Tab writes a tab. Esc and then Tab leaves the text, as
 * the editor itself provides.
 */
export function listKeys(): Extension {
  return [indentUnit.of("  "), keymap.of([{ key: "Tab", run: tab, shift: shiftTab }])]
}

const tab: Command = (view) => {
  const { state } = view
  if (state.readOnly) return false
  if (!spansLines(state) && !inList(state)) return insertTab(view)
  return indentMore(view)
}

// Outside a list, Shift+Tab is the browser's: back to what comes before the text.
const shiftTab: Command = (view) => {
  const { state } = view
  if (state.readOnly || !(spansLines(state) || inList(state) || startsIndented(state))) return false
  return indentLess(view)
}

function spansLines(state: EditorState): boolean {
  return state.selection.ranges.some(({ from, to }) => state.doc.lineAt(from).to < to)
}

function startsIndented(state: EditorState): boolean {
  return /^[ \t]/.test(state.doc.lineAt(state.selection.main.head).text)
}

function inList(state: EditorState): boolean {
  const line = state.doc.lineAt(state.selection.main.head)
  const inside = line.from + (/\S|$/.exec(line.text)?.index ?? 0)
  let node: { name: string; parent: typeof node } | null = syntaxTree(state).resolveInner(inside, 1)
  while (node !== null && node.name !== "ListItem") node = node.parent
  return node !== null
}
