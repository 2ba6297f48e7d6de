import { expect, test } from "vitest"
import { clockJumps, clockLine } from "./clock.ts"
import { diskFaultLine, fullDisks, hangs, ioErrors, shimUnavailable } from "./disk-faults.ts"
import { LoopDisk } from "./loop-disk.ts"
import { freshSeed } from "./seeded-random.ts"

const noDisk = await LoopDisk.unavailable()
const noShim = await shimUnavailable()
for (const why of [noDisk, noShim])
  if (why !== null) console.log(`Some tests of failing disks are skipped: ${why}.`)

test.skipIf(noDisk !== null)(
  "a full disk: nothing is acknowledged, people write on, and all is on disk when space is made",
  async () => {
    const seed = freshSeed()
    const result = await fullDisks({ rounds: 3, seed })
    console.log(`${diskFaultLine("full-disk", result)}; seed ${seed}`)
    expect(result.acknowledged).toBeGreaterThan(result.rounds)
  },
)

test.skipIf(noShim !== null)(
  "writes and flushes that fail: nothing is acknowledged, people write on, and all is on disk when they succeed",
  async () => {
    const seed = freshSeed()
    const result = await ioErrors({ rounds: 6, seed })
    console.log(`${diskFaultLine("io-error", result)}; seed ${seed}`)
    expect(result.acknowledged).toBeGreaterThan(result.rounds)
    expect(result.failed).toBeGreaterThanOrEqual(result.rounds)
  },
)

test.skipIf(noShim !== null)(
  "a disk that hangs for ten seconds: acknowledgements wait, people write on, and /readyz says why",
  async () => {
    const seed = freshSeed()
    const result = await hangs({ rounds: 1, seed })
    console.log(`${diskFaultLine("hang", result)}; seed ${seed}`)
    expect(result.acknowledged).toBeGreaterThan(result.rounds)
  },
)

test.skipIf(noShim !== null)(
  "a wall clock that is set forward and back: nobody is cut off, nothing is lost, the history is in order",
  async () => {
    const seed = freshSeed()
    const result = await clockJumps({ rounds: 12, seed })
    console.log(`${clockLine(result)}; seed ${seed}`)
    expect(result.acknowledged).toBeGreaterThan(result.jumps)
    expect(result.history).toBeGreaterThan(result.jumps)
  },
)
