import { expect, test } from "vitest"
import { Limits } from "../../protocol/limits.ts"
import { type AwarenessEntry, readAwarenessEntries, readMessages } from "../../protocol/message.ts"
import { awarenessFrames } from "../../sync-server/sync/awareness-frames.ts"

function read(frames: readonly Uint8Array[]): AwarenessEntry[] {
  return frames.flatMap((frame) =>
    readMessages(frame).flatMap((message) => {
      if (message.type !== "awareness") throw new Error(`This is ${message.type}`)
      expect(message.update.length).toBeLessThanOrEqual(Limits.awarenessBytes)
      return readAwarenessEntries(message.update)
    }),
  )
}

function crowd(size: number, text: string): AwarenessEntry[] {
  return Array.from({ length: size }, (_, index) => ({
    clientId: index * 1_000_003,
    clock: index,
    state: index % 5 === 4 ? null : { text, index },
  }))
}

test.each([
  ["nobody", crowd(0, ""), 0],
  ["one person", crowd(1, "a"), 1],
  ["hundreds, whose number takes two bytes", crowd(300, "a"), 1],
  ["a crowd that takes more than one frame", crowd(300, "x".repeat(1_000)), 4],
])("frames say what %s shows, as often as they are made", (_name, entries, frames) => {
  for (let time = 0; time < 2; time += 1) {
    const made = awarenessFrames(entries)
    expect(made.length).toBe(frames)
    expect(read(made)).toEqual(entries)
  }
})

test("an entry that no server would take is left out, and the others are there", () => {
  const tooLarge = { clientId: 5, clock: 1, state: { text: "x".repeat(Limits.awarenessBytes) } }
  const others = crowd(3, "a")
  expect(read(awarenessFrames([...others.slice(0, 1), tooLarge, ...others.slice(1)]))).toEqual(others)
})
