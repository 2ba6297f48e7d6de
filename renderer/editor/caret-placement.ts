/** Where a name stands by a remote caret. Lengths in CSS pixels, in one coordinate system. */
export interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

/**
 * `above`: on the caret, reading away from it; `flip`: above, on its other side; `end`: beside it; `below`: under it, where
 * there is no room above; `hidden`: everywhere it would cover the reader's own caret.
 */
export type NamePlace = "above" | "flip" | "end" | "below" | "hidden"

export const nameHeight = 14

/** How far a name above its caret reaches into the caret's own height. */
const overlap = 3
const beside = 5

export interface PlacementInput {
  caret: Box
  nameWidth: number
  /** The caret is at the end of its line of text. */
  atLineEnd: boolean
  /** What is visible of the text and its margins. */
  visible: Box
  /** The reader's own caret; null when it is not shown. */
  own: Box | null
}

export function placeName(input: PlacementInput): NamePlace {
  const order: NamePlace[] = input.atLineEnd ? ["end", "above", "flip", "below"] : ["above", "flip", "below"]
  const boxes = order.map((place) => ({ place, box: nameBox(place, input) }))
  const clear = boxes.filter(({ box }) => input.own === null || !overlaps(box, input.own))
  const fitting = clear.find(({ box }) => fits(box, input.visible))
  return (fitting ?? clear[0])?.place ?? "hidden"
}

function nameBox(place: NamePlace, { caret, nameWidth }: PlacementInput): Box {
  const bottom = caret.top + overlap
  const above = { left: caret.left, right: caret.left + nameWidth, top: bottom - nameHeight, bottom }
  switch (place) {
    case "flip":
      return { ...above, left: caret.right - nameWidth, right: caret.right }
    case "end":
      return {
        left: caret.right + beside,
        right: caret.right + beside + nameWidth,
        top: caret.top + 4,
        bottom: caret.top + 4 + nameHeight,
      }
    case "below":
      return { ...above, top: caret.bottom, bottom: caret.bottom + nameHeight }
    case "above":
    case "hidden":
      return above
  }
}

function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

function fits(box: Box, room: Box): boolean {
  return box.left >= room.left && box.right <= room.right && box.top >= room.top && box.bottom <= room.bottom
}
