import { readFile } from "node:fs/promises"
import { cpus, loadavg, release, totalmem } from "node:os"
import { z } from "zod"
import { quietLoad } from "./noise.ts"

const packages = ["yjs", "y-protocols", "lib0", "ws", "lmdb", "@y/websocket-server", "@hocuspocus/server"]
const manifest = z.object({ version: z.string() })

/** What the figures were taken on; nothing that names the machine itself. */
export interface Machine {
  date: string
  cpu: string
  cores: number
  memoryGiB: number
  system: string
  /** What else it did in the minute before, in processes that wanted a core. */
  load: number
  node: string
  packages: Record<string, string>
}

export async function describeMachine(): Promise<Machine> {
  const versions: Record<string, string> = {}
  for (const name of packages) {
    const text = await readFile(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8")
    versions[name] = manifest.parse(JSON.parse(text)).version
  }
  const electron = await electronVersion()
  if (electron !== null) versions["Electron"] = electron
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    load: loadavg()[0] ?? Number.NaN,
    node: process.version,
    packages: versions,
  }
}

/** Of the program itself, which may be another one than the package of that name would fetch. Null: it is not here. */
async function electronVersion(): Promise<string | null> {
  try {
    return (await readFile(new URL("../node_modules/electron/dist/version", import.meta.url), "utf8")).trim()
  } catch {
    return null
  }
}

export function machineText(machine: Machine): string {
  const versions = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`)
  return (
    `${machine.date}. ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, ` +
    `Node ${machine.node.slice(1)}; ${versions.join(", ")}. Load average before: ${machine.load.toFixed(2)}.` +
    (machine.load > quietLoad ? " The machine was busy with something else: these figures say little." : "")
  )
}
