/** `npm run faults -- NAME`: the fault loops of the tests, as long as one likes. The seed that they print repeats what they drew. */
import { parseArgs } from "node:util"
import { clockJumps, clockLine } from "./clock.ts"
import { compactionKillsLine, killCompactions } from "./compaction-kills.ts"
import { diskFaultLine, fullDisks, hangs, ioErrors, shimUnavailable } from "./disk-faults.ts"
import { framesLine, malformedFrames } from "./frames.ts"
import { killLine, killLoop } from "./kill-loop.ts"
import { LoopDisk } from "./loop-disk.ts"
import { tortureLine, tortureMirror } from "./mirror-torture.ts"
import { powerCutLine, powerCuts } from "./power-cut.ts"
import { freshSeed } from "./seeded-random.ts"

interface Run {
  rounds: number
  seed: number
  /** So much of it is done. */
  onRound: (done: number) => void
}

interface Fault {
  /** What a long run is. */
  rounds: number
  /** Null where it can be done; else why not. */
  unavailable?: () => Promise<string | null>
  /** Answers the line for the record. @throws Error that says what was lost */
  run: (run: Run) => Promise<string>
}

const faults: Record<string, Fault> = {
  kill: { rounds: 1_000, run: async (run) => killLine(await killLoop(run)) },
  "kill-compaction": {
    rounds: 100,
    run: async (run) => compactionKillsLine(await killCompactions(run)),
  },
  "power-cut": {
    rounds: 20,
    unavailable: () => LoopDisk.unavailable(),
    run: async (run) => powerCutLine(await powerCuts(run)),
  },
  "full-disk": {
    rounds: 20,
    unavailable: () => LoopDisk.unavailable(),
    run: async (run) => diskFaultLine("full-disk", await fullDisks(run)),
  },
  "io-error": {
    rounds: 50,
    unavailable: shimUnavailable,
    run: async (run) => diskFaultLine("io-error", await ioErrors(run)),
  },
  hang: {
    rounds: 5,
    unavailable: shimUnavailable,
    run: async (run) => diskFaultLine("hang", await hangs(run)),
  },
  clock: {
    rounds: 200,
    unavailable: shimUnavailable,
    run: async (run) => clockLine(await clockJumps(run)),
  },
  /** A round is a document. */
  mirror: { rounds: 500, run: async (run) => tortureLine(await tortureMirror(run)) },
  /** A round is a frame. */
  frames: {
    rounds: 1_000_000,
    run: async ({ rounds, seed, onRound }) =>
      framesLine(await malformedFrames({ frames: rounds, seed, onRoom: onRound })),
  },
}

const { name, fault, rounds, seed } = readCommand()
const why = (await fault.unavailable?.()) ?? null
if (why !== null) {
  console.error(`${name} cannot be tried here: ${why}.`)
  process.exit(1)
}
console.log(`${name}: ${rounds} rounds, seed ${seed}`)
const start = performance.now()
const line = await fault.run({ rounds, seed, onRound: show })
console.log(`${line}; seed ${seed}, ${Math.round((performance.now() - start) / 1000)} s`)

function readCommand(): { name: string; fault: Fault; rounds: number; seed: number } {
  const { values, positionals } = parseArgs({
    options: { rounds: { type: "string" }, seed: { type: "string" } },
    allowPositionals: true,
  })
  const [given = "kill"] = positionals
  const found = Object.hasOwn(faults, given) ? faults[given] : undefined
  if (found === undefined) {
    console.error(`There is no fault "${given}"; there are ${Object.keys(faults).join(", ")}.`)
    process.exit(2)
  }
  return {
    name: given,
    fault: found,
    rounds: values.rounds === undefined ? found.rounds : wholeNumber("rounds", values.rounds),
    seed: values.seed === undefined ? freshSeed() : wholeNumber("seed", values.seed),
  }
}

function show(done: number): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${done}\r`)
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  console.error(`--${option} takes a whole number, got "${text}"`)
  process.exit(2)
}
