import { readdir, readFile, readlink } from "node:fs/promises"

/** Open descriptors of a process. */
export interface Descriptors {
  sockets: number
  others: number
}

/** @throws Error when the process is gone, belongs to somebody else, or there is no /proc. */
export async function descriptors(pid: number): Promise<Descriptors> {
  const names = await readdir(`/proc/${pid}/fd`)
  // One may be closed between the look into the folder and the one at it.
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => null)))
  const open = links.filter((link) => link !== null)
  const sockets = open.filter((link) => link.startsWith("socket:")).length
  return { sockets, others: open.length - sockets }
}

/** How many one process here may have. */
export async function mostDescriptors(): Promise<number> {
  const limits = await readFile("/proc/self/limits", "utf8")
  const [, soft] = /^Max open files +(\d+)/m.exec(limits) ?? []
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
}
