import { setTimeout as delay } from "node:timers/promises"

/** Waits until the condition holds, `milliseconds` at most; answers whether it does. */
export async function until(condition: () => boolean, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds
  while (!condition()) {
    if (performance.now() > deadline) return false
    await delay(5)
  }
  return true
}
