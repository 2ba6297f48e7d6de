import { readFile } from "node:fs/promises"
import { loadavg } from "node:os"

/** A load average above this takes a part of a core from what is measured; our own build leaves about half of it. */
export const quietLoad = 1
/** What others may take of one core before the figures are doubted. */
const quietShare = 0.1

/** What the machine did beside a benchmark. */
export interface Noise {
  /** The load average before it began; of all but the first benchmark of a run, the one before it is in there. */
  loadBefore: number
  /** What processes that are not of this benchmark used of one core, 0 and more. */
  others: number
  /** What the machine's own host took away of one core. */
  stolen: number
}

/** Starts to watch; the function that it returns says what was going on since. Every process that was started must be over by then. */
export async function watchNoise(): Promise<() => Promise<Noise>> {
  const loadBefore = loadavg()[0] ?? Number.NaN
  const start = performance.now()
  const before = await ticks()
  return async () => {
    const after = await ticks()
    // Linux counts in hundredths of a second.
    const seconds = ((performance.now() - start) / 1000) * 100
    const others = after.busy - before.busy - (after.own - before.own)
    return {
      loadBefore,
      others: Math.max(0, others / seconds),
      stolen: (after.stolen - before.stolen) / seconds,
    }
  }
}

/** The sentence that warns of it; null when the machine was quiet. */
export function noiseText(noise: Noise): string | null {
  if (noise.others < quietShare && noise.stolen < quietShare) return null
  const percent = (share: number): string => `${Math.round(share * 100)} %`
  return (
    `The machine was not quiet: other processes took ${percent(noise.others)} of a core, and its host ` +
    `${percent(noise.stolen)}. These figures say little.`
  )
}

/** CPU time of all processes, and of this one and all that it started and saw the end of. */
async function ticks(): Promise<{ busy: number; own: number; stolen: number }> {
  const [all] = (await readFile("/proc/stat", "utf8")).split("\n")
  const [user = 0, nice = 0, system = 0, , , , , stolen = 0] = (all ?? "").split(/ +/).slice(1).map(Number)
  const stat = await readFile("/proc/self/stat", "utf8")
  const fields = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number)
  const own = fields.slice(11, 15).reduce((sum, value) => sum + value, 0)
  return { busy: user + nice + system, own, stolen }
}
