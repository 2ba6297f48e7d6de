/** Every benchmark by its name, and the names that stand for several. */
import type { Plan, Report } from "./scenario.ts"
import { appMemoryReport, appStartReport, measureApp } from "./scenarios/app-start.ts"
import { serverStart } from "./scenarios/cold-start.ts"
import { cursors } from "./scenarios/cursors.ts"
import { durableAppend } from "./scenarios/durable-append.ts"
import { fanOut } from "./scenarios/fan-out.ts"
import { growth } from "./scenarios/growth.ts"
import { idleConnections } from "./scenarios/idle-connections.ts"
import { idleRooms } from "./scenarios/idle-rooms.ts"
import { joinStorm } from "./scenarios/join-storm.ts"
import { manyRooms } from "./scenarios/many-rooms.ts"
import { replay } from "./scenarios/replay.ts"
import { restart } from "./scenarios/restart.ts"
import { saturation } from "./scenarios/saturation.ts"
import { soak } from "./scenarios/soak.ts"

export interface Benchmark {
  /** Where docs/benchmarks.md keeps its figures. */
  readonly section: Section
  run(plan: Plan): Promise<readonly Report[]>
}

export const sections = ["server", "app"] as const
export type Section = (typeof sections)[number]

/** In the order in which they are taken and printed. */
export const benchmarks = {
  "server-start": { section: "server", run: async (plan) => [await serverStart(plan)] },
  "fan-out": { section: "server", run: fanOut },
  "join-storm": { section: "server", run: joinStorm },
  cursors: { section: "server", run: async (plan) => [await cursors(plan)] },
  saturation: { section: "server", run: async (plan) => [await saturation(plan)] },
  "many-rooms": { section: "server", run: async (plan) => [await manyRooms(plan)] },
  "durable-append": { section: "server", run: async (plan) => [await durableAppend(plan)] },
  "idle-rooms": { section: "server", run: async (plan) => [await idleRooms(plan)] },
  "idle-connections": { section: "server", run: idleConnections },
  replay: { section: "server", run: async (plan) => [await replay(plan)] },
  restart: { section: "server", run: async (plan) => [await restart(plan)] },
  growth: { section: "server", run: growth },
  soak: { section: "server", run: async (plan) => [await soak(plan)] },
  app: {
    section: "app",
    async run(plan) {
      const measured = await measureApp(plan)
      return [appStartReport(measured), appMemoryReport(measured)]
    },
  },
} as const satisfies Record<string, Benchmark>
export type BenchmarkName = keyof typeof benchmarks

const names: readonly BenchmarkName[] = Object.keys(benchmarks).filter(isBenchmark)
/** They take too long to be part of a run that did not ask for them. */
const onlyByName: readonly BenchmarkName[] = ["soak"]

/** Names that stand for several benchmarks. */
const groups: Readonly<Record<string, readonly BenchmarkName[]>> = {
  all: names.filter((name) => !onlyByName.includes(name)),
  server: names.filter((name) => benchmarks[name].section === "server" && !onlyByName.includes(name)),
  "cold-start": ["server-start", "app"],
  memory: ["fan-out", "app"],
}

/** What the words of a command line ask for, each once, in the order of the table; null when one of them means nothing. */
export function benchmarksOf(words: readonly string[]): BenchmarkName[] | null {
  const wanted = new Set<BenchmarkName>()
  for (const word of words) {
    const meant = isBenchmark(word) ? [word] : groups[word]
    if (meant === undefined) return null
    for (const name of meant) wanted.add(name)
  }
  return names.filter((name) => wanted.has(name))
}

/** Every word that `benchmarksOf` knows. */
export const words: readonly string[] = [...Object.keys(groups), ...names]

/** Whether a run of these fills the whole section of docs/benchmarks.md. */
export function isWhole(section: Section, taken: readonly BenchmarkName[]): boolean {
  return names.every(
    (name) => benchmarks[name].section !== section || onlyByName.includes(name) || taken.includes(name),
  )
}

function isBenchmark(word: string): word is BenchmarkName {
  return Object.hasOwn(benchmarks, word)
}
