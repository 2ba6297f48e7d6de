import { mkdir, readFile, writeFile } from "node:fs/promises"
import { SourceMap } from "node:module"
import { basename, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { z } from "zod"
import type { CpuProfileTaken } from "./cpu-meter.ts"
import { table } from "./table.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const shown = 20

const frame = z.object({
  functionName: z.string(),
  url: z.string(),
  lineNumber: z.number(),
  columnNumber: z.number(),
})
export const cpuProfile = z.object({
  profile: z.object({
    nodes: z.array(z.object({ id: z.number(), callFrame: frame, children: z.array(z.number()).optional() })),
    startTime: z.number(),
    endTime: z.number(),
    samples: z.array(z.number()),
    /** Microseconds. */
    timeDeltas: z.array(z.number()),
  }),
})
export type CpuProfile = z.infer<typeof cpuProfile>["profile"]

/** Keeps CPU profiles in a folder, in the form that Chromium's DevTools open, and says where the time went. */
export class ProfileFolder {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Answers the functions that took most of the time, as tables. */
  async keep(name: string, taken: CpuProfileTaken): Promise<string> {
    await mkdir(this.#folder, { recursive: true })
    const file = join(this.#folder, `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.cpuprofile`)
    await writeFile(file, JSON.stringify(taken.profile))
    const threads = [...taken.threads]
      .filter(([, seconds]) => seconds >= 0.01)
      .map(([thread, seconds]) => `${thread} ${seconds.toFixed(2)} s`)
    return `Profile of ${name}, kept as ${file}. Threads: ${threads.join(", ")}.\n${await times(taken.profile)}`
  }
}

/** Time that is spent in a function itself, and for our own functions beside it what they call as well. */
async function times(profile: CpuProfile): Promise<string> {
  const places = new Places()
  const own = new Map<number, number>()
  for (const [index, id] of profile.samples.entries())
    own.set(id, (own.get(id) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1000)
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const self = new Map<string, number>()
  const inclusive = new Map<string, number>()
  const visit = async (id: number, above: readonly string[]): Promise<number> => {
    const node = nodes.get(id)
    if (node === undefined) return 0
    const place = await places.of(node.callFrame)
    let time = own.get(id) ?? 0
    self.set(place, (self.get(place) ?? 0) + time)
    const here = [...above, place]
    for (const child of node.children ?? []) time += await visit(child, here)
    // A function that calls itself is counted where it was called from outside.
    if (!above.includes(place)) inclusive.set(place, (inclusive.get(place) ?? 0) + time)
    return time
  }
  await visit(profile.nodes[0]?.id ?? 0, [])
  const idle = self.get("(idle)") ?? 0
  self.delete("(idle)")
  const total = [...self.values()].reduce((sum, time) => sum + time, 0)
  const ours = new Map([...inclusive].filter(([place]) => place.includes(" sync-server/")))
  return [
    top(`self time of ${(total / 1000).toFixed(2)} s, idle for ${(idle / 1000).toFixed(2)} s`, self, total),
    ...(ours.size === 0 ? [] : [top("with what it calls", ours, total)]),
  ].join("\n\n")
}

function top(title: string, milliseconds: ReadonlyMap<string, number>, total: number): string {
  const rows = [...milliseconds]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, shown)
    .map(([place, time]) => [place, `${time.toFixed(0)} ms`, `${((time / total) * 100).toFixed(1)} %`])
  return table([title, "", ""], rows)
}

/** Names places by the source that they were written in, where a bundle has a map. */
class Places {
  readonly #maps = new Map<string, SourceMap | null>()

  async of({ functionName, url, lineNumber, columnNumber }: z.infer<typeof frame>): Promise<string> {
    const name = functionName === "" ? "(anonymous)" : functionName
    if (url === "") return name
    if (!url.startsWith("file:")) return `${name} ${url}`
    const file = fileURLToPath(url)
    const entry = (await this.#map(file))?.findEntry(lineNumber, columnNumber)
    if (entry !== undefined && "originalSource" in entry) {
      return `${name} ${shortened(entry.originalSource)}:${entry.originalLine + 1}`
    }
    return `${name} ${shortened(relative(root, file))}:${lineNumber + 1}`
  }

  async #map(file: string): Promise<SourceMap | null> {
    const known = this.#maps.get(file)
    if (known !== undefined) return known
    let map: SourceMap | null = null
    try {
      map = new SourceMap(JSON.parse(await readFile(`${file}.map`, "utf8")))
    } catch (error) {
      // Not everything is a bundle.
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error
    }
    this.#maps.set(file, map)
    return map
  }
}

function shortened(path: string): string {
  const modules = path.lastIndexOf("node_modules/")
  if (modules !== -1) return path.slice(modules + "node_modules/".length)
  const parts = path.split("/").filter((part) => part !== "..")
  return parts.length === 0 ? basename(path) : parts.join("/")
}
