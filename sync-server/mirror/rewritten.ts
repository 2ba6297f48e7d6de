const words = /[\p{L}\p{N}]+/gu
/** With fewer words nobody can tell a new text from an edited one, and both fit under each other. */
const fewestWords = 40
/** What is left of a text that somebody has only edited is more. */
const keptShare = 0.2

/** Whether a text of some length has next to nothing of the one that it was made from. */
export function isRewritten(before: string, after: string): boolean {
  // Counting the words of a megabyte takes a tenth of a second; most edits are in one place.
  if (sharedEnds(before, after) >= Math.min(before.length, after.length) * keptShare) return false
  const [old, now] = [counted(before), counted(after)]
  if (old.total < fewestWords || now.total < fewestWords) return false
  let kept = 0
  for (const [word, count] of old.words) kept += Math.min(count, now.words.get(word) ?? 0)
  return kept < Math.min(old.total, now.total) * keptShare
}

/** Units that both texts begin and end with. */
function sharedEnds(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let start = 0
  while (start < most && a.charCodeAt(start) === b.charCodeAt(start)) start += 1
  let end = 0
  while (end < most - start && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end += 1
  return start + end
}

function counted(text: string): { words: Map<string, number>; total: number } {
  const counts = new Map<string, number>()
  let total = 0
  for (const [word] of text.matchAll(words)) {
    counts.set(word, (counts.get(word) ?? 0) + 1)
    total += 1
  }
  return { words: counts, total }
}
