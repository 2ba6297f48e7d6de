/**
 * Which tokens of one sequence are those of another. Tokens are numbers: equal numbers, equal tokens.
 *
 * Tokens that occur once on both sides are the anchors (patience diff), so that what a person would call the same line is
 * matched with itself; between anchors a shortest script is sought where that is cheap, and else the whole stretch counts
 * as changed. The time stays near-linear for every input.
 */
import fastDiff from "fast-diff"

/** The tokens [from, to) of the old sequence became [newFrom, newTo) of the new one. */
export interface ChangedTokens {
  from: number
  to: number
  newFrom: number
  newTo: number
}

/** The product of the two lengths up to which a shortest script is sought: some 50 ms at the worst. */
const mostPairs = 1_000_000
/** fast-diff works on UTF-16 units and keeps surrogate pairs together, so tokens are mapped to the other units. */
const firstSurrogate = 0xd800
const surrogates = 0x800

/** What a comparison may still cost; several comparisons share one. */
export interface Effort {
  /** Pairs of tokens that are compared in search of a shortest script: 100 million take about a second. */
  pairs: number
  /** UTF-16 units that are compared in words. */
  units: number
}

/** In order, apart from each other by at least one token that stayed. */
export function changedTokens(before: Int32Array, after: Int32Array, effort: Effort): ChangedTokens[] {
  const found: ChangedTokens[] = []
  const waiting: ChangedTokens[] = [{ from: 0, to: before.length, newFrom: 0, newTo: after.length }]
  for (let range = waiting.pop(); range !== undefined; range = waiting.pop()) {
    const rest = trimmed(before, after, range)
    if (rest.from === rest.to || rest.newFrom === rest.newTo) {
      if (rest.from !== rest.to || rest.newFrom !== rest.newTo) found.push(rest)
      continue
    }
    const anchors = uniqueAnchors(before, after, rest)
    const parts = anchors.length === 0 ? shortestScript(before, after, rest, effort) : between(anchors, rest)
    // Last first: the stack gives them back in order.
    if (anchors.length > 0) for (const gap of parts.reverse()) waiting.push(gap)
    else for (const change of parts) found.push(change)
  }
  return joined(found)
}

function trimmed(before: Int32Array, after: Int32Array, range: ChangedTokens): ChangedTokens {
  let { from, to, newFrom, newTo } = range
  while (from < to && newFrom < newTo && before[from] === after[newFrom]) {
    from += 1
    newFrom += 1
  }
  while (from < to && newFrom < newTo && before[to - 1] === after[newTo - 1]) {
    to -= 1
    newTo -= 1
  }
  return { from, to, newFrom, newTo }
}

interface Anchor {
  at: number
  newAt: number
}

function uniqueAnchors(before: Int32Array, after: Int32Array, range: ChangedTokens): Anchor[] {
  const own = positions(before, range.from, range.to)
  const theirs = positions(after, range.newFrom, range.newTo)
  const pairs: Anchor[] = []
  for (const [token, at] of own) {
    const newAt = theirs.get(token)
    if (at >= 0 && newAt !== undefined && newAt >= 0) pairs.push({ at, newAt })
  }
  pairs.sort((a, b) => a.at - b.at)
  return longestRising(pairs)
}

/** Token -> its place; -1: it has more than one. */
function positions(tokens: Int32Array, from: number, to: number): Map<number, number> {
  const places = new Map<number, number>()
  for (let at = from; at < to; at++) {
    const token = tokens[at] ?? 0
    places.set(token, places.has(token) ? -1 : at)
  }
  return places
}

/** The longest part of the pairs in which both places rise. */
function longestRising(pairs: readonly Anchor[]): Anchor[] {
  const piles: { pair: Anchor; below: number }[][] = []
  for (const pair of pairs) {
    let low = 0
    let high = piles.length
    while (low < high) {
      const middle = (low + high) >> 1
      const top = piles[middle]?.at(-1)
      if (top !== undefined && top.pair.newAt < pair.newAt) low = middle + 1
      else high = middle
    }
    const entry = { pair, below: low === 0 ? -1 : (piles[low - 1]?.length ?? 0) - 1 }
    const pile = piles[low]
    if (pile === undefined) piles.push([entry])
    else pile.push(entry)
  }
  const rising: Anchor[] = []
  let place = (piles.at(-1)?.length ?? 0) - 1
  for (let pile = piles.length - 1; pile >= 0; pile--) {
    const entry = piles[pile]?.[place]
    if (entry === undefined) break
    rising.push(entry.pair)
    place = entry.below
  }
  return rising.reverse()
}

function between(anchors: readonly Anchor[], range: ChangedTokens): ChangedTokens[] {
  const gaps: ChangedTokens[] = []
  let { from, newFrom } = range
  for (const { at, newAt } of anchors) {
    gaps.push({ from, to: at, newFrom, newTo: newAt })
    from = at + 1
    newFrom = newAt + 1
  }
  gaps.push({ from, to: range.to, newFrom, newTo: range.newTo })
  return gaps
}

function shortestScript(
  before: Int32Array,
  after: Int32Array,
  range: ChangedTokens,
  effort: Effort,
): ChangedTokens[] {
  const { from, to, newFrom, newTo } = range
  const pairs = (to - from) * (newTo - newFrom)
  if (pairs > Math.min(mostPairs, effort.pairs)) return [range]
  effort.pairs -= pairs
  const units = new Map<number, string>()
  const own = asUnits(before.subarray(from, to), units)
  const theirs = asUnits(after.subarray(newFrom, newTo), units)
  if (own === null || theirs === null) return [range]
  const changes: ChangedTokens[] = []
  let at = from
  let newAt = newFrom
  for (const [kind, text] of fastDiff(own, theirs)) {
    const [gone, come] = [kind === 1 ? 0 : text.length, kind === -1 ? 0 : text.length]
    if (kind !== 0) changes.push({ from: at, to: at + gone, newFrom: newAt, newTo: newAt + come })
    at += gone
    newAt += come
  }
  return changes
}

/** Null: there are more different tokens than units. */
function asUnits(tokens: Int32Array, units: Map<number, string>): string | null {
  const parts: string[] = []
  for (const token of tokens) {
    let unit = units.get(token)
    if (unit === undefined) {
      const code = units.size < firstSurrogate ? units.size : units.size + surrogates
      if (code > 0xffff) return null
      unit = String.fromCharCode(code)
      units.set(token, unit)
    }
    parts.push(unit)
  }
  return parts.join("")
}

/** Joins neighbours: fast-diff tells a replacement as a deletion and an insertion. */
function joined(changes: readonly ChangedTokens[]): ChangedTokens[] {
  const result: ChangedTokens[] = []
  for (const change of changes) {
    const last = result.at(-1)
    if (last !== undefined && last.to === change.from && last.newTo === change.newFrom) {
      last.to = change.to
      last.newTo = change.newTo
    } else {
      result.push({ ...change })
    }
  }
  return result
}
