import { expect, test } from "vitest"
import { shimUnavailable } from "./disk-faults.ts"
import { LoopDisk } from "./loop-disk.ts"
import { powerCutLine, powerCuts } from "./power-cut.ts"
import { freshSeed } from "./seeded-random.ts"

const rounds = 3
const noDisk = await LoopDisk.unavailable()
const noShim = await shimUnavailable()
for (const why of [noDisk, noShim]) if (why !== null) console.log(`Tests of power cuts are skipped: ${why}.`)

test.skipIf(noDisk !== null)(
  `${rounds} power cuts under load: nothing that was durable is lost`,
  async () => {
    const seed = freshSeed()
    const result = await powerCuts({ rounds, seed })
    console.log(`${powerCutLine(result)}; seed ${seed}`)
    expect(result.acknowledged).toBeGreaterThan(rounds)
  },
)

test.skipIf(noDisk !== null || noShim !== null)(
  "a power cut finds a server whose flushes do nothing",
  async () => {
    await expect(powerCuts({ rounds: 2, seed: freshSeed(), flushes: "lie" })).rejects.toThrow(/failed/)
  },
)
