/**
 * Runs files of node:test one after the other and ends with one line of counts: for the checks that drive something
 * outside this process (an image, a packaged app), where Vitest's workers and transforms would only be in the way.
 */
import { run } from "node:test"
import { spec } from "node:test/reporters"

const files = process.argv.slice(2)
const testLimitMs = 180_000
const counts = { passed: 0, failed: 0, skipped: 0 }

// In this process, so that a signal to it reaches the clean-up of the tests.
const events = run({ files, concurrency: false, isolation: "none", timeout: testLimitMs })
events.on("test:pass", (event) => {
  if (event.details.type === "suite") return
  if (event.skip === undefined) counts.passed += 1
  else counts.skipped += 1
})
events.on("test:fail", (event) => {
  // A suite fails because of a test in it, which is counted already, or because of a hook of its own.
  const { type, error } = event.details
  const inherited = type === "suite" && "failureType" in error && error.failureType === "subtestsFailed"
  if (!inherited) counts.failed += 1
})
for await (const line of events.compose(spec)) process.stdout.write(line)

const found = counts.passed + counts.failed
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = found > 0 && counts.failed === 0 ? 0 : 1
