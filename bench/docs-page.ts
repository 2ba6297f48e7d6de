import { readFile, writeFile } from "node:fs/promises"
import { type BenchmarkName, isWhole, type Section, sections } from "./benchmarks.ts"
import type { TakenReport } from "./scenario.ts"

const file = new URL("../docs/benchmarks.md", import.meta.url)

export interface DocumentedReport extends TakenReport {
  readonly section: Section
}

/**
 * Puts figures where docs/benchmarks.md keeps them; the words around them are written by hand. A run of everything in a
 * section takes the place of what was there; any other run that of its own tables, which then say when they were taken.
 */
export async function writeDocs(
  reports: readonly DocumentedReport[],
  taken: readonly BenchmarkName[],
  machine: string,
): Promise<void> {
  let page = await readFile(file, "utf8")
  for (const section of sections) {
    const own = reports.filter((report) => report.section === section)
    if (own.length === 0) continue
    const begin = `<!-- figures of the ${section}: written by npm run bench -- --docs -->`
    const end = `<!-- end of the figures of the ${section} -->`
    const [from, to] = [page.indexOf(begin), page.indexOf(end)]
    if (from === -1 || to === -1)
      throw new Error(`docs/benchmarks.md has no place for the figures of the ${section}`)
    const before = page.slice(from + begin.length, to).trim()
    const after = isWhole(section, taken) ? whole(own, machine) : replaced(before, own, machine)
    page = `${page.slice(0, from)}${begin}\n\n${after}\n\n${page.slice(to)}`
  }
  await writeFile(file, page)
}

function whole(reports: readonly DocumentedReport[], machine: string): string {
  return [machine, ...reports.map((report) => chapter(report))].join("\n\n")
}

/** A table keeps its place; one that was not there yet goes to the end. */
function replaced(before: string, reports: readonly DocumentedReport[], machine: string): string {
  const chapters = before.split(/\n+(?=## )/)
  for (const report of reports) {
    const own = chapter(report, `Measured in a run of its own. ${machine}`)
    const place = chapters.findIndex((one) => one.startsWith(`## ${report.title}\n`))
    if (place === -1) chapters.push(own)
    else chapters[place] = own
  }
  return chapters.join("\n\n")
}

function chapter({ title, table, notes }: DocumentedReport, ...more: string[]): string {
  return [`## ${title}`, ...(table === "" ? [] : [table]), ...notes, ...more].join("\n\n")
}
