/**
 * `npm run bench -- [NAME...] [--quick] [--json FILE] [--docs] [--profile FOLDER] [--only SERVER]
 * [--minutes N]`: see docs/benchmarks.md.
 */
import { writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { type BenchmarkName, benchmarks, benchmarksOf, words } from "./benchmarks.ts"
import { type DocumentedReport, writeDocs } from "./docs-page.ts"
import { describeMachine, machineText } from "./machine.ts"
import { noiseText, watchNoise } from "./noise.ts"
import { ProfileFolder } from "./profile.ts"
import type { Plan, Report } from "./scenario.ts"
import { targetLines } from "./targets.ts"

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    docs: { type: "boolean", default: false },
    profile: { type: "string" },
    only: { type: "string" },
    minutes: { type: "string", default: "30" },
  },
})
const wanted = benchmarksOf(positionals.length === 0 ? ["all"] : positionals)
if (wanted === null) {
  console.error(`One of "${positionals.join(" ")}" is no benchmark; there are ${words.join(", ")}`)
  process.exit(2)
}
const minutes = Number(values.minutes)
if (!(minutes > 0)) {
  console.error(`--minutes takes a number above 0, got "${values.minutes}"`)
  process.exit(2)
}
const plan: Plan = {
  rounds: values.quick ? 1 : 5,
  minutes,
  only: values.only?.toLowerCase() ?? null,
  images: values.docs ? new URL("../docs/images/", import.meta.url) : null,
  profiles: values.profile === undefined ? null : new ProfileFolder(values.profile),
  progress: (text) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
  },
  say: (text) => {
    plan.progress("")
    console.log(`\n${text}`)
  },
}

const machine = await describeMachine()
console.log(`${machineText(machine)}\nMedian of ${plan.rounds}.`)
const taken: DocumentedReport[] = []
for (const name of wanted) await take(name)
if (values.json !== undefined) {
  await writeFile(
    values.json,
    `${JSON.stringify({ machine, rounds: plan.rounds, reports: taken }, null, 2)}\n`,
  )
}
if (values.docs) await writeDocs(taken, wanted, `${machineText(machine)} Median of ${plan.rounds}.`)

async function take(name: BenchmarkName): Promise<void> {
  const noise = await watchNoise()
  const reports: readonly Report[] = await benchmarks[name].run(plan)
  const around = await noise()
  for (const report of reports) {
    const warning = noiseText(around)
    const notes = warning === null ? report.notes : [...report.notes, warning]
    const heard = { ...report, notes, noise: around, section: benchmarks[name].section }
    taken.push(heard)
    plan.say([heard.title, "", heard.table, "", ...notes, ...targetLines(heard)].join("\n"))
  }
}
