import type * as Y from "yjs"

/** Stands for what is no text, such as an image that another editor put into the document. */
const embedMark = "\uFFFC"

/** The text with exactly one UTF-16 unit for every position of the shared type, whatever other editors put into it. */
export function plainText(text: Y.Text): string {
  const characters = text.toString()
  if (characters.length === text.length) return characters
  const parts: unknown[] = text.toDelta().map((part: { insert?: unknown }) => part.insert)
  return parts.map(insertedText).join("")
}

/** What an insertion of a delta reads as. */
export function insertedText(insert: unknown): string {
  return typeof insert === "string" ? insert : embedMark
}
