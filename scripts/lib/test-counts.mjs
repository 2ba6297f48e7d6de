import { readFile } from "node:fs/promises"

/**
 * What became of the tests of one runner.
 *
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/** @param {readonly Counts[]} all @returns {Counts} */
export function sum(all) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const counts of all) for (const key of Object.keys(total)) total[key] += counts[key]
  return total
}

/** The line that every test command of the repository ends with, and that scripts look for. */
export function countsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/**
 * A runner that ends badly without naming a failed test, or that ran nothing, has failed all the same.
 *
 * @param {string} file the runner's JSON report, which it may not have lived to write
 * @param {(report: any) => Counts} read
 * @param {number} exitCode
 * @returns {Promise<Counts>}
 */
export async function countsOf(file, read, exitCode) {
  const counts = await readCounts(file, read)
  const ran = counts.passed + counts.failed > 0
  if (counts.failed === 0 && (exitCode !== 0 || !ran)) return { ...counts, failed: 1 }
  return counts
}

async function readCounts(file, read) {
  try {
    return read(JSON.parse(await readFile(file, "utf8")))
  } catch (error) {
    console.error(`The test runner left no readable report: ${error.message}`)
    return { passed: 0, failed: 0, skipped: 0 }
  }
}

/** A test file that cannot be loaded has no tests to fail: it counts as one. */
export function vitestCounts(report) {
  const unloadable = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
  )
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloadable.length,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

/** There are no retries, so nothing counts as flaky; were there any, it would be a failure. */
export function playwrightCounts({ stats }) {
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped }
}
