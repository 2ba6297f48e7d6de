/**
 * A token is the text that one update inserts; it is found again in whatever frame carries that update, merged with
 * others or not. `~` and four letters a to p; the letters are the update's number.
 */
const mark = 0x7e
const firstLetter = 0x61
const letters = 4

/** `number` is 0 to 65,535. */
export function token(number: number): string {
  let text = "~"
  for (let shift = 12; shift >= 0; shift -= 4)
    text += String.fromCharCode(firstLetter + ((number >> shift) & 15))
  return text
}

/** Calls `found` with the number of every token between `start` and `end`. */
export function findTokens(
  buffer: Uint8Array,
  start: number,
  end: number,
  found: (number: number) => void,
): void {
  for (let position = start; position < end - letters; position += 1) {
    if (buffer[position] !== mark) continue
    const number = numberAt(buffer, position + 1)
    if (number === null) continue
    found(number)
    position += letters
  }
}

function numberAt(buffer: Uint8Array, start: number): number | null {
  let number = 0
  for (let index = start; index < start + letters; index += 1) {
    const digit = (buffer[index] ?? 0) - firstLetter
    if (digit < 0 || digit > 15) return null
    number = number * 16 + digit
  }
  return number
}
