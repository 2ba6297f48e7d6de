/** `npm run faults`: the kill loop of the tests, as long as one likes. The seed that it prints repeats what it did. */
import { parseArgs } from "node:util"
import { killLoop } from "./kill-loop.ts"

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "1000" }, seed: { type: "string" } },
})
const rounds = wholeNumber("rounds", values.rounds)
const seed =
  values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : wholeNumber("seed", values.seed)
console.log(`${rounds} rounds, seed ${seed}`)
const result = await killLoop({
  rounds,
  seed,
  onRound: (round) => {
    if (process.stdout.isTTY) process.stdout.write(`\r${round + 1}`)
  },
})
console.log(`\n${result.acknowledged} durable changes, none lost; ${result.early} kills during the start`)

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  console.error(`--${name} takes a whole number, got "${text}"`)
  process.exit(2)
}
