/** `npm run bench -- [NAME] [--quick] [--json FILE] [--docs]`: see docs/benchmarks.md. */
import { readFile, writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { describeMachine, type Machine, machineText } from "./machine.ts"
import type { Plan, Report } from "./scenario.ts"
import { appStartReport, measureApp } from "./scenarios/app-start.ts"
import { serverStart } from "./scenarios/cold-start.ts"
import { durableAppend } from "./scenarios/durable-append.ts"
import { fanOutReport, measureFanOut } from "./scenarios/fan-out.ts"
import { joinStorm } from "./scenarios/join-storm.ts"
import { memoryReport } from "./scenarios/memory.ts"

const names = ["fan-out", "join-storm", "durable-append", "cold-start", "memory"] as const
type Name = (typeof names)[number]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    docs: { type: "boolean", default: false },
  },
})
const wanted = positionals.length === 0 ? names : positionals.map(knownName)
const plan: Plan = {
  rounds: values.quick ? 1 : 5,
  progress: (text) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
  },
}

function knownName(text: string): Name {
  const name = names.find((one) => one === text)
  if (name !== undefined) return name
  console.error(`There is no benchmark "${text}"; there are ${names.join(", ")}`)
  process.exit(2)
}

const machine = await describeMachine()
console.log(`${machineText(machine)}\nMedian of ${plan.rounds}.`)
const reports: Report[] = []
const app = wants("cold-start", "memory") ? await measureApp(plan) : ""
if (wants("cold-start")) {
  done(await serverStart(plan))
  done(appStartReport(app))
}
const fanOut = wants("fan-out", "memory") ? await measureFanOut(plan) : { taken: [], notes: [] }
if (wants("fan-out")) done(fanOutReport(fanOut))
if (wants("memory")) done(memoryReport(fanOut.taken, app))
if (wants("join-storm")) done(await joinStorm(plan))
if (wants("durable-append")) done(await durableAppend(plan))
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify({ machine, rounds: plan.rounds, reports }, null, 2)}\n`)
}
if (values.docs) await writeDocs(machine)

function wants(...some: Name[]): boolean {
  return some.some((name) => wanted.includes(name))
}

function done(report: Report): void {
  reports.push(report)
  plan.progress("")
  console.log(`\n${text(report)}`)
}

function text(report: Report): string {
  return [report.title, "", report.table, ...report.notes.flatMap((note) => ["", note])].join("\n")
}

/** Puts the figures where docs/benchmarks.md keeps them; the words around them are written by hand. */
async function writeDocs(taken: Machine): Promise<void> {
  const file = new URL("../docs/benchmarks.md", import.meta.url)
  const begin = "<!-- figures: written by npm run bench -- --docs -->"
  const end = "<!-- end of the figures -->"
  const page = await readFile(file, "utf8")
  const head = page.slice(0, page.indexOf(begin) + begin.length)
  const tail = page.slice(page.indexOf(end))
  const sections = reports.map((report) => `## ${text(report)}`)
  await writeFile(
    file,
    [head, `${machineText(taken)} Median of ${plan.rounds}.`, ...sections, tail].join("\n\n"),
  )
}
