import { type Change, presentableDiff } from "@codemirror/merge"

/** Past so many changed units in one place, or so many milliseconds, the comparison becomes coarser and stays quick. */
const effort = { scanLimit: 2_000, timeout: 500 }

/** What was changed in one go, as a reader would count it: all that touches the same lines. */
export interface TextChange {
  parts: readonly Change[]
  /** Where it begins in the later text, UTF-16 units. */
  at: number
}

/** The changes from one text to another, in order. */
export function textChanges(before: string, after: string): TextChange[] {
  const changes: { parts: Change[]; at: number }[] = []
  let end = -1
  for (const part of presentableDiff(before, after, effort)) {
    const last = changes.at(-1)
    const isSameLine = last !== undefined && !after.slice(end, part.fromB).includes("\n")
    if (isSameLine) last.parts.push(part)
    else changes.push({ parts: [part], at: part.fromB })
    end = part.toB
  }
  return changes
}
