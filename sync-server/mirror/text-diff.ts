/**
 * What changed between two texts, as a person would say it: in whole lines first, and within those in whole words, so
 * that a word is never pieced together from letters that two words happen to share. What only grew or only shrank inside
 * a word is told as that.
 */
import { type ChangedTokens, changedTokens, type Effort } from "./align.ts"

/** The UTF-16 units [from, to) of the old text became `text`. Neither end is within a surrogate pair. */
export interface Change {
  from: number
  to: number
  text: string
}

/** What one comparison may cost beside what is linear: a quarter of a second or so on a slow machine. */
const effortPairs = 10_000_000
const effortUnits = 1_000_000
/** Some 300 ms at the worst. */
const mostLines = 500_000
/** Compared at once by the engine's own comparison, which is much faster than a loop. */
const chunk = 65_536
const word = /[\p{L}\p{N}\p{M}_]+|\n|[^\S\n]+|./gsu
const wordUnit = /[\p{L}\p{N}]/u

/** In order, and apart from each other. Empty when the texts are equal. */
export function changesBetween(before: string, after: string): Change[] {
  if (before === after) return []
  const outer = differingLines(before, after)
  const [old, put] = [before.slice(outer.from, outer.to), after.slice(outer.from, outer.newTo)]
  const lines = { from: outer.from, to: outer.to, text: put }
  const own = splitLines(old)
  const theirs = splitLines(put)
  if (own === null || theirs === null) return [narrowed(before, lines)]
  const effort = { pairs: effortPairs, units: effortUnits }
  return changesOfTokens(own, theirs, { offset: outer.from, effort }).flatMap((change) =>
    withinLines(before, change, effort),
  )
}

/** How many units went or came. */
export function changedLength(changes: readonly Change[]): number {
  return changes.reduce((sum, { from, to, text }) => sum + (to - from) + text.length, 0)
}

/** The middle that is left when what both begin with and what both end with are taken off, in whole lines. */
function differingLines(before: string, after: string): { from: number; to: number; newTo: number } {
  const shorter = Math.min(before.length, after.length)
  const prefix = commonPrefix(before, after, shorter)
  const from = prefix === 0 ? 0 : before.lastIndexOf("\n", prefix - 1) + 1
  const suffix = commonSuffix(before, after, shorter - from)
  const firstEnd = before.indexOf("\n", before.length - suffix)
  const to = firstEnd === -1 ? before.length : firstEnd + 1
  return { from, to, newTo: to + after.length - before.length }
}

function commonPrefix(before: string, after: string, limit: number): number {
  let length = 0
  while (
    length + chunk <= limit &&
    before.slice(length, length + chunk) === after.slice(length, length + chunk)
  ) {
    length += chunk
  }
  while (length < limit && before.charCodeAt(length) === after.charCodeAt(length)) length += 1
  return length
}

function commonSuffix(before: string, after: string, limit: number): number {
  const [ownEnd, theirEnd] = [before.length, after.length]
  let length = 0
  while (
    length + chunk <= limit &&
    before.slice(ownEnd - length - chunk, ownEnd - length) ===
      after.slice(theirEnd - length - chunk, theirEnd - length)
  ) {
    length += chunk
  }
  while (
    length < limit &&
    before.charCodeAt(ownEnd - length - 1) === after.charCodeAt(theirEnd - length - 1)
  ) {
    length += 1
  }
  return length
}

/** Null: more lines than are compared. */
function splitLines(text: string): string[] | null {
  const lines: string[] = []
  let start = 0
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", start)) {
    if (lines.length === mostLines) return null
    lines.push(text.slice(start, at + 1))
    start = at + 1
  }
  if (start < text.length) lines.push(text.slice(start))
  return lines
}

/** `offset` is where the first token begins in the old text. */
function changesOfTokens(
  before: readonly string[],
  after: readonly string[],
  { offset, effort }: { offset: number; effort: Effort },
): Change[] {
  const numbers = new Map<string, number>()
  const ranges = changedTokens(numbered(before, numbers), numbered(after, numbers), effort)
  const starts = startsOf(before, offset)
  return ranges.map(({ from, to, newFrom, newTo }: ChangedTokens) => ({
    from: starts[from] ?? offset,
    to: starts[to] ?? offset,
    text: after.slice(newFrom, newTo).join(""),
  }))
}

function numbered(tokens: readonly string[], numbers: Map<string, number>): Int32Array {
  return Int32Array.from(tokens, (token) => {
    const known = numbers.get(token)
    if (known !== undefined) return known
    numbers.set(token, numbers.size)
    return numbers.size - 1
  })
}

function startsOf(tokens: readonly string[], offset: number): number[] {
  const starts = [offset]
  let at = offset
  for (const token of tokens) {
    at += token.length
    starts.push(at)
  }
  return starts
}

function withinLines(before: string, lines: Change, effort: Effort): Change[] {
  const old = before.slice(lines.from, lines.to)
  if (old === "" || lines.text === "") return [lines]
  if (old.length + lines.text.length <= effort.units) return inWords(before, lines, effort)
  const [own, theirs] = [splitLines(old), splitLines(lines.text)]
  if (own !== null && theirs !== null && own.length === theirs.length && own.length > 1) {
    return linePairs(before, lines.from, { own, theirs })
  }
  const middle = differingWords(before, lines)
  return middle.to - middle.from + middle.text.length <= effort.units
    ? inWords(before, middle, effort)
    : [middle]
}

function inWords(before: string, lines: Change, effort: Effort): Change[] {
  const old = before.slice(lines.from, lines.to)
  effort.units -= old.length + lines.text.length
  const [own, theirs] = [old.match(word) ?? [], lines.text.match(word) ?? []]
  const words = changesOfTokens(own, theirs, { offset: lines.from, effort })
  return withoutIslands(before, words).map((change) => narrowed(before, change))
}

/** As many lines as before, such as after an indentation: each is taken for what the one in its place has become. */
function linePairs(
  before: string,
  from: number,
  { own, theirs }: { own: readonly string[]; theirs: readonly string[] },
): Change[] {
  const starts = startsOf(own, from)
  return own.flatMap((line, at) => {
    const [start, end, text] = [starts[at] ?? from, starts[at + 1] ?? from, theirs[at] ?? ""]
    return line === text ? [] : [narrowed(before, { from: start, to: end, text })]
  })
}

/** A file may be one line of many megabytes: only what differs is compared in words. */
function differingWords(before: string, lines: Change): Change {
  const old = before.slice(lines.from, lines.to)
  const limit = Math.min(old.length, lines.text.length)
  let prefix = commonPrefix(old, lines.text, limit)
  while (prefix > 0 && isWithinWord(old, prefix)) prefix -= 1
  let suffix = commonSuffix(old, lines.text, limit - prefix)
  while (suffix > 0 && isWithinWord(old, old.length - suffix)) suffix -= 1
  return {
    from: lines.from + prefix,
    to: lines.to - suffix,
    text: lines.text.slice(prefix, lines.text.length - suffix),
  }
}

/** Whether the place before `at` and the one after it belong to one word or one surrogate pair, or may do. */
function isWithinWord(text: string, at: number): boolean {
  return !/[\s!-/:-@]/.test(text.charAt(at - 1))
}

/** Joins changes that only a blank or a mark keeps apart: "one, two" for "six, ten" is one change. */
function withoutIslands(before: string, changes: readonly Change[]): Change[] {
  const result: Change[] = []
  for (const change of changes) {
    const last = result.at(-1)
    const island = last === undefined ? "" : before.slice(last.to, change.from)
    const isReplaced = last !== undefined && last.from < last.to && change.from < change.to
    if (last !== undefined && isReplaced && !wordUnit.test(island) && !island.includes("\n")) {
      last.text += island + change.text
      last.to = change.to
    } else {
      result.push({ ...change })
    }
  }
  return result
}

/** A word that only grew or only shrank is an insertion or a deletion within it; anything else stays as it is. */
function narrowed(before: string, change: Change): Change {
  const old = before.slice(change.from, change.to)
  const limit = Math.min(old.length, change.text.length)
  let prefix = commonPrefix(old, change.text, limit)
  if (isHighSurrogate(old.charCodeAt(prefix - 1))) prefix -= 1
  let suffix = commonSuffix(old, change.text, limit - prefix)
  if (suffix > 0 && isLowSurrogate(old.charCodeAt(old.length - suffix))) suffix -= 1
  if (prefix + suffix < limit) return change
  return {
    from: change.from + prefix,
    to: change.to - suffix,
    text: change.text.slice(prefix, change.text.length - suffix),
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}
