// Sets the checkout up for everything, tests included, and stops there: `node scripts/setup.mjs [server|faults|desktop|test]`.
import { exitWith, SentenceError } from "./lib/sentence-error.mjs"
import { setUp } from "./lib/set-up.mjs"

const tasks = ["server", "faults", "desktop", "test"]

await exitWith(async () => {
  const task = process.argv[2] ?? "test"
  if (!tasks.includes(task)) throw new SentenceError(`Set up for what? One of ${tasks.join(", ")}.`)
  await setUp(task)
})
