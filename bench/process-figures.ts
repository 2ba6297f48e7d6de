import { readdir, readFile } from "node:fs/promises"

/** What Linux counts in a tick; it is 100 a second on every platform that Node runs on. */
const ticksPerSecond = 100

/**
 * CPU time of a process and all of its threads, those that have ended too, user and system, in seconds; steps of 10 ms.
 * @throws Error when the process is gone, or there is no /proc.
 */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8")
  // The second field is the program's name in parentheses, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** The same in steps of a nanosecond, but only of the threads that there are now. @throws Error as `cpuSeconds`. */
export async function threadCpuSeconds(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`)
  const nanoseconds = await Promise.all(
    threads.map(async (thread) => {
      // A thread may end between the look into the folder and the one into the file.
      const stat = await readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8").catch(() => "0")
      return Number(stat.split(" ")[0])
    }),
  )
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e9
}

/**
 * MiB. PSS shares out the pages that several processes have in common, so it can be added up. Anonymous memory is what no
 * file stands behind: RSS has the pages of a store's mapped file in it, which the system takes back when it wants them.
 */
export interface MemoryFigures {
  rss: number
  pss: number
  anonymous: number
}

/** @throws Error when the process is gone, belongs to somebody else, or there is no /proc. */
export async function memory(pid: number): Promise<MemoryFigures> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8")
  return {
    rss: mebibytes(rollup, "Rss"),
    pss: mebibytes(rollup, "Pss"),
    anonymous: mebibytes(rollup, "Anonymous"),
  }
}

function mebibytes(rollup: string, field: string): number {
  const kibibytes = new RegExp(`^${field}: +([0-9]+) kB$`, "m").exec(rollup)?.[1]
  if (kibibytes === undefined) throw new Error(`/proc names no ${field}`)
  return Number(kibibytes) / 1024
}

/** The process and everything below it, as /proc has it now. */
export async function processTree(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "")
  const below = await Promise.all(children.trim().split(" ").filter(Boolean).map(Number).map(processTree))
  return [pid, ...below.flat()]
}
