import type { Target } from "./seeded-room.ts"

/** The same server, and the room that is named after this one, with a number. */
export function numberedRoom(target: Target, number: number): Target {
  const room = `${target.room}-${number}`
  return { ...target, room, url: target.url.replace(target.room, room) }
}

/** Runs the work for 0, 1, … `count - 1`, so many at a time. */
export async function inTurn(
  count: number,
  atOnce: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const number = next
      next += 1
      await work(number)
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, worker))
}
