import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type Bounds, cascadedBounds, visibleBounds, windowSizes } from "../../main/window-bounds.ts"

const main: Bounds = { x: 0, y: 25, width: 1440, height: 875 }
const right: Bounds = { x: 1440, y: 0, width: 1920, height: 1080 }

describe("where a window opens", () => {
  test("new: in the middle of the main display", () => {
    expect(visibleBounds(null, [main, right])).toEqual({ x: 80, y: 63, width: 1280, height: 800 })
  })

  test("again: where it was", () => {
    const bounds = { x: 1500, y: 40, width: 900, height: 700 }
    expect(visibleBounds(bounds, [main, right])).toEqual(bounds)
  })

  test("on a display that is gone: moved to the main one", () => {
    expect(visibleBounds({ x: 1500, y: 40, width: 900, height: 700 }, [main])).toEqual({
      x: 540,
      y: 40,
      width: 900,
      height: 700,
    })
  })

  test("larger than its display: made to fit", () => {
    expect(visibleBounds({ x: 1300, y: -50, width: 4000, height: 3000 }, [right])).toEqual(right)
  })

  test("a further one stands a little off the last, and wraps where there is no room", () => {
    const last = { x: 100, y: 100, width: 900, height: 600 }
    expect(cascadedBounds(last, [main])).toEqual({ ...last, x: 128, y: 128 })
    expect(cascadedBounds({ ...last, x: 530, y: 290 }, [main])).toEqual({ ...last, x: 0, y: 25 })
  })

  test("whatever was remembered, the title bar can be reached", () => {
    const number = fc.integer({ min: -20_000, max: 20_000 })
    const size = fc.integer({ min: 1, max: 10_000 })
    const area = fc.record({
      x: number,
      y: number,
      width: fc.integer({ min: 320, max: 6000 }),
      height: fc.integer({ min: 200, max: 4000 }),
    })
    const remembered = fc.record({ x: number, y: number, width: size, height: size })
    fc.assert(
      fc.property(remembered, area, fc.array(area, { maxLength: 3 }), (bounds, first, others) => {
        const shown = visibleBounds(bounds, [first, ...others])
        const home = [first, ...others].find(
          ({ x, y, width, height }) =>
            shown.x >= x && shown.y >= y && shown.x < x + width && shown.y < y + height,
        )
        expect(home).toBeDefined()
        expect(shown.width).toBeGreaterThanOrEqual(windowSizes.least.width)
        expect(shown.height).toBeGreaterThanOrEqual(windowSizes.least.height)
      }),
    )
  })
})
