/**
 * Where somebody is in a text, as it is kept over the end of a window: the selection, and what stands at the top of what they
 * see. Both are named by the words beside them, so they are found again whatever others wrote meanwhile.
 */
import { EditorSelection, type StateEffect } from "@codemirror/state"
import { EditorView } from "@codemirror/view"
import { z } from "zod"
import { readCursor, resolveCursor, writeCursor } from "./shared-cursor.ts"
import type { TextBinding } from "./text-binding.ts"

const kept = z.object({
  selection: z.unknown(),
  top: z.unknown(),
  /** Pixels of the top line that are out of sight. */
  offset: z.number(),
})
/** Kept free above a line that is scrolled to, in pixels. */
export const marginAbove = 24

export function writePlace(view: EditorView, binding: TextBinding): string {
  const { main } = view.state.selection
  const height = view.scrollDOM.getBoundingClientRect().top - view.documentTop
  const block = view.lineBlockAtHeight(height)
  return JSON.stringify({
    selection: writeCursor(binding, main),
    top: writeCursor(binding, { anchor: block.from, head: block.from }),
    offset: Math.round(height - block.top),
  })
}

/** Goes to a place that was kept. One that makes no sense any more is left: then the text begins at its beginning. */
export function goToPlace(view: EditorView, binding: TextBinding, place: string): void {
  const parsed = kept.safeParse(jsonOf(place))
  if (!parsed.success) return
  const selection = resolved(binding, parsed.data.selection)
  const top = resolved(binding, parsed.data.top)
  view.dispatch({
    ...(selection === null ? {} : { selection: EditorSelection.single(selection.anchor, selection.head) }),
    effects: top === null || top.head === 0 ? [] : atTop(top.head, parsed.data.offset),
  })
}

function atTop(position: number, offset: number): StateEffect<unknown> {
  return EditorView.scrollIntoView(position, { y: "start", yMargin: -marginAbove - offset })
}

function resolved(binding: TextBinding, cursor: unknown): { anchor: number; head: number } | null {
  const shared = readCursor({ cursor })
  return shared === null ? null : resolveCursor(binding, shared)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // not ours: nothing to go to
  }
}
