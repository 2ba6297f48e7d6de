import type { Extension, Text } from "@codemirror/state"
import { ViewPlugin, type ViewUpdate } from "@codemirror/view"

/** The number of words is told when writing pauses for this long, in milliseconds. */
const pause = 250

// A word is letters and digits, held together by an apostrophe or a hyphen. Where words are not set apart by spaces
// (Chinese, Japanese), each character counts, as word processors count; Korean is written with spaces.
const words =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{N}\p{M}])+(?:['’\u2010\u2011-](?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{N}\p{M}])+)*/gu

/** Words in one piece of text. */
export function countWords(text: string): number {
  return text.match(words)?.length ?? 0
}

/** The words of a text, kept up to date: a change costs as much as the lines from its first to its last place. */
export class WordCount {
  #total: number

  constructor(doc: Text) {
    this.#total = wordsOfLines(doc, 0, doc.length)
  }

  get total(): number {
    return this.#total
  }

  changed(update: Pick<ViewUpdate, "changes" | "startState" | "state">): void {
    const before = update.startState.doc
    const after = update.state.doc
    const starts: { before: number; after: number }[] = []
    let last = { before: 0, after: 0 }
    update.changes.iterChangedRanges((fromA, toA, fromB, toB) => {
      if (starts.length === 0)
        starts.push({ before: before.lineAt(fromA).from, after: after.lineAt(fromB).from })
      last = { before: before.lineAt(toA).to, after: after.lineAt(toB).to }
    })
    const [first] = starts
    if (first === undefined) return
    this.#total -= wordsOfLines(before, first.before, last.before)
    this.#total += wordsOfLines(after, first.after, last.after)
  }
}

function wordsOfLines(doc: Text, from: number, to: number): number {
  if (to <= from) return 0
  let total = 0
  for (const piece of doc.iterRange(from, to)) total += countWords(piece)
  return total
}

/** Tells the number of words: soon after the editor is made, then whenever writing pauses. */
export function wordReports(onWords: (count: number) => void): Extension {
  return ViewPlugin.define((view) => {
    const words = new WordCount(view.state.doc)
    let told = -1
    let timer: ReturnType<typeof setTimeout> | null = null
    const tellSoon = () => {
      if (timer !== null) clearTimeout(timer)
      timer = setTimeout(() => {
        timer = null
        if (words.total !== told) onWords(words.total)
        told = words.total
      }, pause)
    }
    tellSoon()
    return {
      update(update) {
        if (!update.docChanged) return
        words.changed(update)
        tellSoon()
      },
      destroy() {
        if (timer !== null) clearTimeout(timer)
      },
    }
  })
}
