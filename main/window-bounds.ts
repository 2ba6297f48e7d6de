export interface Bounds {
  x: number
  y: number
  width: number
  height: number
}

/** Device-independent pixels. Narrower than a phone is of no use, and taller than any display is cut anyway. */
export const windowSizes = {
  preferred: { width: 1280, height: 800 },
  least: { width: 360, height: 420 },
} as const

/** How far a new window stands off the last one, so that both can be seen. */
const cascade = 28

/**
 * Where a window may open: the remembered place where it can be seen on the displays of today, a new one in the
 * middle of the main display. At least the part that a person can drag is always in reach.
 *
 * @param workAreas of the displays, the main one first; never empty
 */
export function visibleBounds(remembered: Bounds | null, workAreas: readonly [Bounds, ...Bounds[]]): Bounds {
  if (remembered === null) return centred(windowSizes.preferred, workAreas[0])
  const home = nearest(remembered, workAreas)
  const width = clamp(remembered.width, windowSizes.least.width, home.width)
  const height = clamp(remembered.height, windowSizes.least.height, home.height)
  return {
    x: clamp(remembered.x, home.x, home.x + home.width - width),
    y: clamp(remembered.y, home.y, home.y + home.height - height),
    width,
    height,
  }
}

/** The place of a further window: like the last one, a little lower and to the right while there is room. */
export function cascadedBounds(last: Bounds, workAreas: readonly [Bounds, ...Bounds[]]): Bounds {
  const home = nearest(last, workAreas)
  const moved = { ...last, x: last.x + cascade, y: last.y + cascade }
  const overflows =
    moved.x + moved.width > home.x + home.width || moved.y + moved.height > home.y + home.height
  return visibleBounds(overflows ? { ...moved, x: home.x, y: home.y } : moved, workAreas)
}

function centred(size: { width: number; height: number }, area: Bounds): Bounds {
  const width = Math.min(size.width, area.width)
  const height = Math.min(size.height, area.height)
  return {
    x: area.x + Math.round((area.width - width) / 2),
    y: area.y + Math.round((area.height - height) / 2),
    width,
    height,
  }
}

/** The area that shows most of the window; when none shows any of it, the main one. */
function nearest(bounds: Bounds, areas: readonly [Bounds, ...Bounds[]]): Bounds {
  let best = areas[0]
  for (const area of areas) if (overlap(bounds, area) > overlap(bounds, best)) best = area
  return best
}

function overlap(a: Bounds, b: Bounds): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  return Math.max(0, width) * Math.max(0, height)
}

/** When the range is empty, the lower end wins: a title bar out of reach is worse than a cut-off foot. */
function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high))
}
