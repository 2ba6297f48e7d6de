import { setTimeout as delay } from "node:timers/promises"

/**
 * Calls `act` with 0 to `count` - 1 and with the time at which each was due, `perSecond` times a second. What became due
 * while the process was busy is made up for at once. Ends early when `isOver` says so.
 */
export async function evenly(
  count: number,
  perSecond: number,
  act: (number: number, due: number) => void,
  isOver: () => boolean = () => false,
): Promise<void> {
  const interval = 1000 / perSecond
  const start = performance.now()
  for (let number = 0; number < count && !isOver(); ) {
    const due = Math.min(count, Math.floor((performance.now() - start) / interval) + 1)
    for (; number < due; number += 1) act(number, start + number * interval)
    await delay(1)
  }
}
