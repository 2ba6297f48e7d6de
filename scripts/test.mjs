// `npm test [-- SUITE [ARGUMENTS FOR ITS RUNNER]]`: sets up whatever is missing, builds, and runs every test or one suite.
import { chown, mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buildStale } from "./lib/build-part.mjs"
import { inCheckout } from "./lib/checkout.mjs"
import { hasDisplay, withVirtualDisplay } from "./lib/display.mjs"
import { asUserInCheckout, becoming, environmentOf, ordinaryUser } from "./lib/ordinary-user.mjs"
import { pinnedNode } from "./lib/pinned-node.mjs"
import { run } from "./lib/run.mjs"
import { exitWith, SentenceError } from "./lib/sentence-error.mjs"
import { setUp } from "./lib/set-up.mjs"
import { countsLine, countsOf, playwrightCounts, sum, vitestCounts } from "./lib/test-counts.mjs"

/** What each suite needs set up and built, and who runs it. `container` is a command of its own: it needs an engine. */
const suites = {
  unit: { runner: vitest, task: "server", parts: [] },
  server: { runner: vitest, task: "server", parts: ["server", "web"] },
  faults: { runner: vitest, task: "faults", parts: ["server", "web"] },
  desktop: { runner: playwright, task: "test", parts: ["server", "main", "renderer", "web"] },
  browser: { runner: playwright, task: "test", parts: ["server", "web"] },
}

await exitWith(async () => {
  const [asked, ...extra] = process.argv.slice(2)
  if (asked === "container")
    return run(process.execPath, [inCheckout("scripts/test-container.mjs"), ...extra])
  if (asked !== undefined && !Object.hasOwn(suites, asked)) throw new SentenceError(unknown(asked))
  const names = asked === undefined ? Object.keys(suites) : [asked]
  const chosen = names.map((name) => suites[name])
  await setUp(["test", "faults", "server"].find((task) => chosen.some((suite) => suite.task === task)))
  await buildStale([...new Set(chosen.flatMap(({ parts }) => parts))])

  const counts = await runSuites(names, extra)
  console.log(countsLine(counts))
  return counts.failed === 0 ? 0 : 1
})

function unknown(asked) {
  return `There is no suite "${asked}"; there are ${[...Object.keys(suites), "container"].join(", ")}.`
}

async function runSuites(names, extra) {
  const reports = await mkdtemp(join(tmpdir(), "manyhands-reports-"))
  try {
    const all = []
    for (const runner of new Set(names.map((name) => suites[name].runner))) {
      const projects = names.filter((name) => suites[name].runner === runner)
      const args = [...projects.map((name) => `--project=${name}`), ...extra]
      all.push(await runner(args, reports))
    }
    return sum(all)
  } finally {
    await rm(reports, { recursive: true, force: true })
  }
}

async function vitest(args, reports) {
  const report = join(reports, "vitest.json")
  const reporting = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`]
  const script = inCheckout("node_modules/vitest/vitest.mjs")
  const code = await run(pinnedNode, [script, "run", ...reporting, ...args])
  return countsOf(report, vitestCounts, code)
}

async function playwright(args, reports) {
  const report = join(reports, "playwright.json")
  // Relative, for the user may see the checkout at another place.
  const command = ["node_modules/node/bin/node", "node_modules/@playwright/test/cli.js", "test"]
  const words = [...command, "--reporter=list,json", ...args]
  const user = await ordinaryUser()
  const env = { ...(user === null ? process.env : environmentOf(user)), PLAYWRIGHT_JSON_OUTPUT_FILE: report }
  const code =
    user === null
      ? await onDisplay([], (display) => runWords(words, { ...env, ...display }))
      : await runAsUser(user, words, { env, folders: [reports, inCheckout("test-results")] })
  return countsOf(report, playwrightCounts, code)
}

async function runAsUser(user, words, { env, folders }) {
  for (const folder of folders) {
    await mkdir(folder, { recursive: true })
    await chown(folder, user.uid, user.gid)
  }
  return asUserInCheckout(user, (prefix) =>
    onDisplay(becoming(user), (display) => runWords([...prefix, ...words], { ...env, ...display })),
  )
}

/** Gives the task the variables that lead to a screen: none if there is one already, which root must not lend. */
function onDisplay(prefix, task) {
  if (prefix.length === 0 && hasDisplay()) return task({})
  return withVirtualDisplay(prefix, (DISPLAY) => task({ DISPLAY, WAYLAND_DISPLAY: "" }))
}

function runWords([command, ...args], env) {
  return run(command, args, { env })
}
