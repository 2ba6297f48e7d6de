import type { Text } from "@codemirror/state"

/** Whether the position is between the two halves of one character. */
export function splitsCharacter(doc: Text, position: number): boolean {
  if (position <= 0 || position >= doc.length) return false
  const around = doc.sliceString(position - 1, position + 1)
  return isHigh(around.charCodeAt(0)) && isLow(around.charCodeAt(1))
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

const loneHalf = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/**
 * The text with a replacement character for each lone half of a character, as everybody else would get it: a lone half
 * cannot be written as UTF-8.
 */
export function wellFormed(text: string): string {
  return text.replace(loneHalf, "\ufffd")
}
