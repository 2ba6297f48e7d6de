import { readdir, readFile } from "node:fs/promises"
import { z } from "zod"
import { Inspector } from "./inspector.ts"
import { cpuSeconds, threadCpuSeconds } from "./process-figures.ts"
import { type CpuProfile, cpuProfile } from "./profile.ts"

const pages = z.array(z.object({ webSocketDebuggerUrl: z.string() })).min(1)
/** Microseconds between two looks at what runs. */
const sampleEvery = 500
/** Two roundings of the coarse figure, and what is done between the two looks. Seconds. */
const coarseness = 0.03

/** Where a server's CPU time went between two moments. */
export interface CpuProfileTaken {
  profile: CpuProfile
  /** Seconds by the thread's name: the profile has the main thread only. */
  threads: ReadonlyMap<string, number>
}

/** CPU time that a process takes between `begin` and `end`, all of its threads together; on wish also where it went. */
export class CpuMeter {
  readonly #pid: number
  /** Of the process's inspector; null when nobody wants to know where the time went. */
  readonly #inspectorPort: number | null
  #before: CpuReading | null = null
  #seconds = Number.NaN
  #threadsBefore: ReadonlyMap<string, number> = new Map()
  #inspector: Inspector | null = null
  #taken: CpuProfileTaken | null = null

  constructor(pid: number, inspectorPort: number | null) {
    this.#pid = pid
    this.#inspectorPort = inspectorPort
  }

  /** NaN before the end. */
  get seconds(): number {
    return this.#seconds
  }

  get taken(): CpuProfileTaken | null {
    return this.#taken
  }

  async begin(): Promise<void> {
    if (this.#inspectorPort !== null) {
      const list = await fetch(`http://127.0.0.1:${this.#inspectorPort}/json/list`)
      const [page] = pages.parse(await list.json())
      this.#inspector = await Inspector.open(page?.webSocketDebuggerUrl ?? "")
      await this.#inspector.call("Profiler.enable", {})
      await this.#inspector.call("Profiler.setSamplingInterval", { interval: sampleEvery })
      await this.#inspector.call("Profiler.start", {})
      this.#threadsBefore = await threadSeconds(this.#pid)
    }
    this.#before = await reading(this.#pid)
  }

  async end(): Promise<void> {
    if (this.#before !== null) this.#seconds = between(this.#before, await reading(this.#pid))
    if (this.#inspector === null) return
    const after = await threadSeconds(this.#pid)
    const threads = new Map(
      [...after].map(([name, seconds]) => [name, seconds - (this.#threadsBefore.get(name) ?? 0)]),
    )
    const profile = cpuProfile.parse(await this.#inspector.call("Profiler.stop", {})).profile
    this.#taken = { profile, threads }
    this.#inspector.close()
  }
}

interface CpuReading {
  whole: number
  threads: number
}

async function reading(pid: number): Promise<CpuReading> {
  const [whole, threads] = await Promise.all([cpuSeconds(pid), threadCpuSeconds(pid)])
  return { whole, threads }
}

/** The exact figure, unless it lacks a thread that has ended meanwhile. */
function between(before: CpuReading, after: CpuReading): number {
  const coarse = after.whole - before.whole
  const exact = after.threads - before.threads
  return Math.abs(coarse - exact) <= coarseness ? exact : coarse
}

async function threadSeconds(pid: number): Promise<Map<string, number>> {
  const seconds = new Map<string, number>()
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    // A thread may end between the look into the folder and the one into the file.
    const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, "utf8").catch(() => null)
    if (stat === null) continue
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"))
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    seconds.set(name, (seconds.get(name) ?? 0) + (Number(fields[11]) + Number(fields[12])) / 100)
  }
  return seconds
}
