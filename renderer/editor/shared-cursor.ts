/** A selection as it travels in the awareness field `cursor`: the form that y-codemirror writes and reads. */
import * as Y from "yjs"
import { z } from "zod"
import type { TextBinding } from "./text-binding.ts"

export interface SharedCursor {
  anchor: Y.RelativePosition
  head: Y.RelativePosition
}

const id = z.object({ client: z.number().int().min(0), clock: z.number().int().min(0) }).nullish()
const relativePosition = z.object({
  type: id,
  tname: z.string().nullish(),
  item: id,
  assoc: z.number().optional(),
})
const presenceCursor = z.object({ cursor: z.object({ anchor: relativePosition, head: relativePosition }) })

/** The cursor of an awareness state, which may come from any client; null when it shows none. */
export function readCursor(state: unknown): SharedCursor | null {
  const parsed = presenceCursor.safeParse(state)
  if (!parsed.success) return null
  const { anchor, head } = parsed.data.cursor
  return { anchor: Y.createRelativePositionFromJSON(anchor), head: Y.createRelativePositionFromJSON(head) }
}

/** The cursor for a selection of the editor. */
export function writeCursor(binding: TextBinding, selection: { anchor: number; head: number }): SharedCursor {
  const position = (index: number) =>
    Y.createRelativePositionFromTypeIndex(binding.text, binding.toShared(index))
  return { anchor: position(selection.anchor), head: position(selection.head) }
}

export function sameCursor(a: SharedCursor | null, b: SharedCursor | null): boolean {
  if (a === null || b === null) return a === b
  return Y.compareRelativePositions(a.anchor, b.anchor) && Y.compareRelativePositions(a.head, b.head)
}

/** Where the cursor stands in the editor; null when it is in another text, or in words that have not arrived yet. */
export function resolveCursor(
  binding: TextBinding,
  cursor: SharedCursor,
): { anchor: number; head: number } | null {
  const anchor = resolve(binding, cursor.anchor)
  const head = resolve(binding, cursor.head)
  return anchor === null || head === null ? null : { anchor, head }
}

function resolve(binding: TextBinding, position: Y.RelativePosition): number | null {
  const { doc } = binding.text
  if (doc === null || !names(position, binding.text, doc)) return null
  const found = Y.createAbsolutePositionFromRelativePosition(position, doc)
  return found === null || found.type !== binding.text ? null : binding.fromShared(found.index)
}

/** A text is looked up by name only if it is ours: looking up another name would make such a text. */
function names(position: Y.RelativePosition, text: Y.Text, doc: Y.Doc): boolean {
  return position.tname === null || Object.is(doc.share.get(position.tname), text)
}
