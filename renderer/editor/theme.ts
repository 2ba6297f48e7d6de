import type { Extension } from "@codemirror/state"
import { EditorView } from "@codemirror/view"

/**
 * The page of words, from the tokens alone, so that both themes and high contrast come for free. The frame may set
 * `--write-column` (the width of the text), `--page-notes` (room for comments) and `--page-share` (the part of what is
 * left over that stands before the text, 0 to 1).
 */
export const theme: Extension = EditorView.theme({
  "&": {
    height: "100%",
    background: "var(--canvas)",
    color: "var(--text)",
  },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    "--column": "var(--write-column, calc(var(--write-size) * 37.5))",
    "--before": "max(56px, calc((100% - var(--column) - var(--page-notes, 0px)) * var(--page-share, .5)))",
    "--after": "max(24px, calc(100% - var(--column) - var(--before)))",
    fontFamily: "var(--font-write)",
    fontSize: "var(--write-size)",
    lineHeight: "var(--lh-write)",
    overflowX: "hidden",
    overflowY: "auto",
    scrollbarGutter: "stable",
  },
  ".cm-content": {
    paddingBlock: "52px 40vh",
    caretColor: "var(--accent)",
    wordSpacing: "-.1em",
    fontFeatureSettings: "normal",
  },
  "@media (max-width: 639px)": {
    ".cm-scroller": { "--before": "20px", "--after": "20px" },
  },
  // On the lines, not on the content: selections are drawn from a line's padding to its end.
  ".cm-line": {
    position: "relative",
    paddingBlock: "0",
    paddingInlineStart: "calc(var(--before) + var(--hang, 0) * 1ch)",
    paddingInlineEnd: "var(--after)",
  },
  ".cm-cursor, .cm-dropCursor": {
    borderInlineStart: "2px solid var(--accent)",
    borderRadius: "1px",
    marginInlineStart: "-1px",
  },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--select)",
  },
  ".cm-searchMatch": { background: "var(--find)", borderRadius: "2px" },
  ".cm-searchMatch-selected": { outline: "2px solid var(--accent)", outlineOffset: "-1px" },
  ".cm-selectionMatch": { background: "var(--sunken)" },
  ".cm-specialChar": { color: "var(--danger-text)" },
  ".cm-announced": { position: "fixed" },
})

/** Find and replace, as a quiet strip over the text. */
export const searchTheme: Extension = EditorView.theme({
  ".cm-panels": { background: "var(--chrome)", color: "var(--text)", zIndex: "var(--z-banner, 30)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": {
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: "6px 8px",
    padding: "8px 44px 8px 16px",
    font: "400 var(--text-13)/var(--lh-ui) var(--font-ui)",
    position: "relative",
  },
  ".cm-panel.cm-search br": { flexBasis: "100%", content: '""', display: "block" },
  ".cm-panel.cm-search label": {
    display: "inline-flex",
    alignItems: "center",
    gap: "6px",
    fontSize: "inherit",
  },
  ".cm-panel.cm-search .cm-textfield": {
    width: "220px",
    height: "var(--control-small)",
    margin: "0",
    padding: "0 8px",
    font: "inherit",
    color: "var(--text)",
    background: "var(--canvas)",
    border: "1px solid var(--line-control)",
    borderRadius: "var(--r-6)",
  },
  ".cm-panel.cm-search .cm-textfield:focus-visible": { outline: "var(--focus-ring)", outlineOffset: "-1px" },
  ".cm-panel.cm-search .cm-button": {
    minHeight: "var(--control-small)",
    margin: "0",
    padding: "0 10px",
    font: "inherit",
    color: "var(--text)",
    background: "var(--raised)",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--r-6)",
  },
  ".cm-panel.cm-search .cm-button:hover": { background: "var(--hover)" },
  ".cm-panel.cm-search .cm-button:active": { background: "var(--pressed)" },
  ".cm-panel.cm-search :is(.cm-button, [name=close], input[type=checkbox]):focus-visible": {
    outline: "var(--focus-ring)",
    outlineOffset: "var(--focus-offset)",
  },
  ".cm-panel.cm-search [name=close]": {
    position: "absolute",
    insetBlockStart: "8px",
    insetInlineEnd: "12px",
    width: "26px",
    height: "26px",
    padding: "0",
    font: "inherit",
    fontSize: "var(--text-16)",
    color: "var(--text-2)",
    borderRadius: "var(--r-6)",
  },
  ".cm-panel.cm-search [name=close]:hover": { background: "var(--hover)" },
})

/** What the search panel and screen readers say. */
export const phrases: Record<string, string> = {
  Find: "Find",
  Replace: "Replace with",
  next: "Next",
  previous: "Previous",
  all: "Select all",
  "match case": "Match case",
  regexp: "Pattern",
  "by word": "Whole words",
  replace: "Replace",
  "replace all": "Replace all",
  close: "Close find and replace",
  "current match": "current match",
  "replaced match on line $": "replaced on line $",
  "replaced $ matches": "replaced $ times",
  "on line": "on line",
  "Control character": "Control character",
}
