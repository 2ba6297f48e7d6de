import { setTimeout as delay } from "node:timers/promises"

const pollMs = 20
const deadlineMs = 60_000

/** Resolves when the condition holds. @throws Error that says what did not come */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  { everyMs = pollMs }: { everyMs?: number } = {},
): Promise<void> {
  const end = performance.now() + deadlineMs
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`It did not come about in ${deadlineMs} ms that ${what}`)
    await delay(everyMs)
  }
}
