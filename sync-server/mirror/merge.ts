/**
 * Merges what another program made of a file into the document, while people go on typing.
 *
 *   base  the text that the other program had read
 *   disk  what it made of it
 *   live  what people have made of it since
 *
 * Every change base -> disk is carried out on `live`, at the place that base -> live gives. Nothing that people typed is
 * taken away: a deletion only takes what was in the base. Where both changed the same words, both stay, one after the
 * other; where both made the same change, it is made once.
 */
import type * as Y from "yjs"
import { type Change, changesBetween } from "./text-diff.ts"

/** Without a base nothing says who deleted what: everything that either side has is kept. */
export type MergeBase = string | null

/** Units [at, at + remove) of the live text give way to `insert`. */
export interface Edit {
  at: number
  remove: number
  insert: string
}

const wordEnd = /[\p{L}\p{N}]$/u
const wordStart = /^[\p{L}\p{N}]/u

/** The edits of `live`, in order; to be carried out from the last to the first. */
export function mergeEdits(options: { base: MergeBase; disk: string; live: string }): Edit[] {
  const { base, disk, live } = options
  if (disk === live) return []
  if (base === null) return unionOf(live, disk)
  const ours = placed(changesBetween(base, live))
  const walk = { base, ours, next: 0 }
  return changesBetween(base, disk).flatMap((change) => carriedOver(change, walk))
}

/** Merges into `text`. To be called within a transaction. */
export function mergeIntoText(text: Y.Text, options: { base: MergeBase; disk: string }): void {
  const edits = mergeEdits({ ...options, live: text.toString() })
  for (const { at, remove, insert } of edits.reverse()) {
    if (remove > 0) text.delete(at, remove)
    if (insert !== "") text.insert(at, insert)
  }
}

/**
 * Words that only one side has are put in where they stand. Lines of which each side has words of its own are no
 * line any more when they are put together, so both stay, the other side's after ours.
 */
function unionOf(live: string, disk: string): Edit[] {
  return linesOf(live, changesBetween(live, disk)).flatMap(({ from, to, changes }) => {
    const adds = changes.some((change) => change.text !== "" || cutsWord(change, live))
    const takes = changes.some((change) => change.to > change.from || breaksWord(change, live))
    if (!adds) return []
    if (!takes) return changes.map(({ from: at, text }) => ({ at, remove: 0, insert: text }))
    const ours = live.slice(from, to)
    const theirs = carriedOut(live, { from, to, changes })
    if (ours.endsWith("\n") || ours === "") return [{ at: to, remove: 0, insert: theirs }]
    // The last line of a text need not have an end.
    return [{ at: to, remove: 0, insert: `\n${theirs}` }]
  })
}

/** Whether the insertion makes another word of one that is there. */
function breaksWord({ from, text }: Change, live: string): boolean {
  // Two units may be one letter; searching more for it would take as long as the text.
  const startsIn = wordEnd.test(live.slice(Math.max(0, from - 2), from)) && wordStart.test(text.slice(0, 2))
  const endsIn = wordEnd.test(text.slice(-2)) && wordStart.test(live.slice(from, from + 2))
  return startsIn || endsIn
}

/** Whether what is left of the words at its ends are other words: the other side has those, and not ours. */
function cutsWord({ from, to }: Change, live: string): boolean {
  return to > from && (isInWord(live, from) || isInWord(live, to))
}

function isInWord(text: string, at: number): boolean {
  return wordEnd.test(text.slice(Math.max(0, at - 2), at)) && wordStart.test(text.slice(at, at + 2))
}

/** Whole lines of a text, and what is changed in them. */
interface ChangedLines {
  from: number
  to: number
  changes: Change[]
}

function linesOf(text: string, changes: readonly Change[]): ChangedLines[] {
  const groups: ChangedLines[] = []
  for (const change of changes) {
    const from = change.from === 0 ? 0 : text.lastIndexOf("\n", change.from - 1) + 1
    // A change that ends with a line does not reach into the next.
    const end =
      change.to > change.from && text[change.to - 1] === "\n" ? change.to : text.indexOf("\n", change.to) + 1
    const to = end === 0 ? text.length : end
    const last = groups.at(-1)
    if (last !== undefined && from < last.to) {
      last.to = Math.max(last.to, to)
      last.changes.push(change)
    } else {
      groups.push({ from, to, changes: [change] })
    }
  }
  return groups
}

function carriedOut(text: string, { from, to, changes }: ChangedLines): string {
  let result = ""
  let at = from
  for (const change of changes) {
    result += text.slice(at, change.from) + change.text
    at = change.to
  }
  return result + text.slice(at, to)
}

/** A change of the live text: [liveFrom, liveTo) is what stands there now. */
interface Placed extends Change {
  liveFrom: number
  liveTo: number
}

function placed(changes: readonly Change[]): Placed[] {
  let shift = 0
  return changes.map((change) => {
    const liveFrom = change.from + shift
    shift += change.text.length - (change.to - change.from)
    return { ...change, liveFrom, liveTo: liveFrom + change.text.length }
  })
}

/** Ours that end before the change that is being carried over are passed for good: both are in order. */
interface Walk {
  base: string
  ours: readonly Placed[]
  next: number
}

function carriedOver(change: Change, walk: Walk): Edit[] {
  while ((walk.ours[walk.next]?.to ?? Number.POSITIVE_INFINITY) < change.from) walk.next += 1
  const near: Placed[] = []
  for (let at = walk.next; (walk.ours[at]?.from ?? Number.POSITIVE_INFINITY) <= change.to; at++) {
    const own = walk.ours[at]
    if (own !== undefined) near.push(own)
  }
  if (near.some((own) => own.from === change.from && own.to === change.to && own.text === change.text))
    return []
  const before = walk.ours[walk.next - 1]
  const shift = before === undefined ? 0 : before.liveTo - before.to
  const edits = insertion(change, { base: walk.base, near, shift })
  return edits.concat(deletions({ ...change, to: lastLineEndKept(walk.base, change, near) }, near, shift))
}

function insertion(change: Change, place: { base: string; near: readonly Placed[]; shift: number }): Edit[] {
  if (change.text === "") return []
  let at = change.from + place.shift
  let last: Placed | null = null
  for (const own of place.near) {
    if (!standsBefore(own, change, place.base)) break
    at = own.liveTo + Math.max(0, change.from - own.to)
    last = own
  }
  return [{ at, remove: 0, insert: separator(last, change, place.base) + change.text }]
}

/** What people inserted at the same place comes first; what they put in the place of the words that follow, after. */
function standsBefore(own: Placed, change: Change, base: string): boolean {
  if (own.from !== change.from) return own.from < change.from
  if (change.to > change.from) return true
  if (own.to > own.from) return false
  // New lines do not come between what was typed at the start of a line and the rest of that line.
  return !areLines(change, base) || own.text.endsWith("\n") || change.from === base.length
}

/** Keeps apart what both sides put at one place: lines as lines, words as words. */
function separator(own: Placed | null, change: Change, base: string): string {
  if (own === null || own.text === "" || own.to < change.from) return ""
  if (own.from === change.from && own.to === own.from && areLines(change, base)) {
    return own.text.endsWith("\n") ? "" : "\n"
  }
  const isConflict = own.to > change.from && change.to > change.from
  return isConflict && wordEnd.test(own.text) && wordStart.test(change.text) ? " " : ""
}

/** Whether whole lines were inserted. */
function areLines({ from, to, text }: Change, base: string): boolean {
  return from === to && text.endsWith("\n") && isLineStart(base, from)
}

function isLineStart(text: string, at: number): boolean {
  return at === 0 || text[at - 1] === "\n"
}

/** Where whole lines were deleted that people had put words into, those words stay a line of their own. */
function lastLineEndKept(base: string, change: Change, near: readonly Placed[]): number {
  const isWholeLines = base[change.to - 1] === "\n" && isLineStart(base, change.from)
  const last = near.findLast((own) => own.from >= change.from && own.to < change.to && own.text !== "")
  return isWholeLines && last !== undefined && !last.text.endsWith("\n") ? change.to - 1 : change.to
}

/** What is left in the live text of the base's [from, to). */
function deletions(change: Change, near: readonly Placed[], shift: number): Edit[] {
  const edits: Edit[] = []
  let from = change.from
  let offset = shift
  for (const own of near) {
    const end = Math.min(own.from, change.to)
    if (end > from) edits.push({ at: from + offset, remove: end - from, insert: "" })
    from = Math.max(from, own.to)
    offset = own.liveTo - own.to
  }
  if (change.to > from) edits.push({ at: from + offset, remove: change.to - from, insert: "" })
  return edits
}
