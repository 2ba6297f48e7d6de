import { expect, test } from "vitest"
import { framesLine, malformedFrames } from "./frames.ts"
import { freshSeed } from "./seeded-random.ts"

const frames = 10_000
/** So few frames are not through before a fresh server's heap has grown; a frame that takes memory for good is found all the same. */
const mostGrowthBytes = 250e6

test(`${frames} malformed frames: the server stays, and those who write in the same document notice nothing`, async () => {
  const seed = freshSeed()
  const result = await malformedFrames({ frames, seed, framesPerRoom: frames / 4 })
  console.log(`${framesLine(result)}; seed ${seed}`)
  expect(result.frames).toBe(frames)
  expect(result.ended).toBeGreaterThan(frames / 10)
  expect(result.acknowledged).toBeGreaterThan(10)
  expect(result.memoryAfter - result.memoryBefore).toBeLessThan(mostGrowthBytes)
})
