import { markdown, markdownLanguage } from "@codemirror/lang-markdown"
import { HighlightStyle, syntaxHighlighting, syntaxTree } from "@codemirror/language"
import type { EditorState, Extension, Range } from "@codemirror/state"
import { Decoration, type DecorationSet, EditorView, ViewPlugin } from "@codemirror/view"
import { tags } from "@lezer/highlight"

/**
 * Markdown as the writer sees it: the signs stay, but step back. Heading signs hang in the margin, list signs hold their
 * text in one edge.
 */
export function markdownStyle(): Extension {
  return [
    markdown({ base: markdownLanguage, addKeymap: true, completeHTMLTags: false, pasteURLAsLink: true }),
    syntaxHighlighting(inline),
    lineStyles,
    look,
  ]
}

const inline = HighlightStyle.define([
  { tag: tags.strong, fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strikethrough, textDecoration: "line-through", textDecorationThickness: "1px" },
  { tag: tags.link, color: "var(--accent)" },
  { tag: tags.url, color: "var(--text-3)" },
  { tag: tags.monospace, fontFamily: "var(--font-code)", fontSize: ".92em" },
  { tag: [tags.contentSeparator, tags.labelName, tags.comment], color: "var(--text-3)" },
  // The signs themselves, whatever they stand in.
  { tag: tags.processingInstruction, color: "var(--text-3)", fontWeight: "400", fontStyle: "normal" },
])

const lineStyles = ViewPlugin.define(
  (view) => ({
    decorations: styledLines(view),
    tree: syntaxTree(view.state),
    update(update) {
      const tree = syntaxTree(update.state)
      if (!update.docChanged && !update.viewportChanged && tree === this.tree) return
      this.tree = tree
      this.decorations = styledLines(update.view)
    },
  }),
  { decorations: (value) => value.decorations },
)

function styledLines(view: EditorView): DecorationSet {
  const found: Range<Decoration>[] = []
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(view.state).iterate({
      from,
      to,
      enter: (node) => styleNode(view.state, node, { from, to }, found),
    })
  }
  return Decoration.set(found, true)
}

interface Span {
  from: number
  to: number
}

interface Named extends Span {
  name: string
}

function styleNode(state: EditorState, node: Named, visible: Span, found: Range<Decoration>[]): void {
  const heading = /^(?:ATX|Setext)Heading([1-6])$/.exec(node.name)
  if (heading !== null) styleLines(state, node, visible, `h${heading[1]}`, found)
  switch (node.name) {
    case "HeaderMark":
      hangHeaderMark(state, node, found)
      return
    case "ListMark":
      hangListMark(state, node, found)
      return
    case "Blockquote":
      styleLines(state, node, visible, "qt", found)
      return
    case "QuoteMark":
      found.push(Decoration.mark({ class: "k" }).range(node.from, node.to))
      return
    case "FencedCode":
    case "CodeBlock":
      styleLines(state, node, visible, "code", found)
  }
}

/** Gives the class to every visible line of the node. */
function styleLines(
  state: EditorState,
  node: Span,
  visible: Span,
  name: string,
  found: Range<Decoration>[],
): void {
  const end = Math.min(node.to, visible.to)
  for (let position = Math.max(node.from, visible.from); position <= end; ) {
    const line = state.doc.lineAt(position)
    found.push(Decoration.line({ class: name }).range(line.from))
    position = line.to + 1
  }
}

/** `## ` at the start of a line hangs left of the column; the closing signs and the underlines of others are only faint. */
function hangHeaderMark(state: EditorState, node: Span, found: Range<Decoration>[]): void {
  const line = state.doc.lineAt(node.from)
  const opens =
    /^ {0,3}$/.test(state.sliceDoc(line.from, node.from)) && state.sliceDoc(node.from, node.from + 1) === "#"
  const space = state.sliceDoc(node.to, node.to + 1) === " " ? 1 : 0
  if (opens && node.to + space < line.to) {
    found.push(Decoration.mark({ class: "hash" }).range(line.from, node.to + space))
  }
}

const listSign = Decoration.mark({ class: "sign", inclusive: false })

/** The sign, with the room before and after it, takes as many columns as it has; the text hangs behind it. */
function hangListMark(state: EditorState, node: Span, found: Range<Decoration>[]): void {
  const line = state.doc.lineAt(node.from)
  const before = state.sliceDoc(line.from, node.from)
  const space = state.sliceDoc(node.to, node.to + 1) === " " ? 1 : 0
  // Behind a quote's sign or on the line of an outer list, the line hangs by that already.
  if (before.trim() !== "") return
  const columns = columnsOf(before, state.tabSize) + (node.to - node.from) + space
  found.push(Decoration.line({ class: "li", attributes: { style: `--hang: ${columns}` } }).range(line.from))
  found.push(listSign.range(line.from, node.to + space))
}

function columnsOf(text: string, tabSize: number): number {
  let columns = 0
  for (const character of text) columns += character === "\t" ? tabSize - (columns % tabSize) : 1
  return columns
}

const look = EditorView.theme({
  ".h1, .h2, .h3, .h4, .h5, .h6": { fontWeight: "700" },
  ".h1": { fontSize: "1.5em", lineHeight: "1.35" },
  ".h2": { fontSize: "1.125em", lineHeight: "1.5" },
  ".hash": {
    position: "absolute",
    insetInlineEnd: "calc(100% - var(--before))",
    whiteSpace: "pre",
    fontWeight: "400",
    color: "var(--text-3)",
  },
  "@media (max-width: 639px)": { ".hash": { position: "static" } },
  ".qt": { color: "var(--text-2)", fontStyle: "italic", "--hang": "2", textIndent: "-2ch" },
  ".k": { color: "var(--text-3)", fontStyle: "normal" },
  ".li": { textIndent: "calc(var(--hang) * -1ch)" },
  ".sign": {
    display: "inline-block",
    minWidth: "calc(var(--hang) * 1ch)",
    textIndent: "0",
    wordSpacing: "normal",
    whiteSpace: "pre",
    color: "var(--text-3)",
  },
  ".code": { fontFamily: "var(--font-code)", fontSize: ".92em", wordSpacing: "normal" },
})
