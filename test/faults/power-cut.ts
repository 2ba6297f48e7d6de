import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { diskShim, lyingDiskEnvironment, rebootedEnvironment } from "../fixtures/disk-shim/disk-shim.ts"
import { compare } from "./compare.ts"
import { LoopDisk } from "./loop-disk.ts"
import { SeededRandom } from "./seeded-random.ts"
import { ServerHome, type ServerProcess } from "./server-process.ts"
import { until } from "./until.ts"
import { Writer } from "./writer.ts"
import { WrittenRoom } from "./written-room.ts"

const diskMegabytes = 256
const roomCount = 3
const writersEach = 2
const changeEveryMs = 4
const pasteShare = 0.3
const latestCutMs = 1_500

export interface PowerCutResult {
  rounds: number
  /** Changes that a client had been told are on disk. */
  acknowledged: number
}

interface PowerCutOptions {
  rounds: number
  seed: number
  /** `lie`: the server's flushes do nothing. For the proof that this loop finds what it looks for. */
  flushes?: "lie"
  onRound?: (round: number) => void
}

/**
 * Cuts the power under load, and again: the server is stopped at a random moment, the image of its disk copied, the copy
 * mounted, and a server started there, to which the machine seems to have been started anew.
 *
 * It proves that what was acknowledged had gone through the file system to the disk, and that file system and store find
 * back from there: what was in the machine's memory only is not in the copy. It proves nothing for a disk that forgets or
 * reorders what it was given and told to flush.
 * @throws Error that says what is lost, in which round, and the seed.
 */
export async function powerCuts(options: PowerCutOptions): Promise<PowerCutResult> {
  const random = new SeededRandom(options.seed)
  const rooms = Array.from({ length: roomCount }, (_, index) => new WrittenRoom(`room-${index}`))
  let disk = await LoopDisk.create(diskMegabytes)
  try {
    for (let round = 0; round <= options.rounds; round += 1) {
      const isLast = round === options.rounds
      const environment = await environmentOn(disk, options.flushes === "lie")
      const machine = { disk, rooms, environment, random: random.fork() }
      const next = await (isLast ? lookAtAll(machine) : untilTheCut(machine)).catch((cause: unknown) => {
        throw new Error(`Round ${round} of the seed ${options.seed} failed`, { cause })
      })
      if (next !== null) {
        const last = disk
        disk = next
        await last.remove()
      }
      options.onRound?.(round)
    }
  } finally {
    await disk.remove()
  }
  return { rounds: options.rounds, acknowledged: rooms.reduce((sum, { settled }) => sum + settled, 0) }
}

interface Machine {
  disk: LoopDisk
  rooms: readonly WrittenRoom[]
  environment: Readonly<Record<string, string>>
  random: SeededRandom
}

async function environmentOn(disk: LoopDisk, lies: boolean): Promise<Record<string, string>> {
  const library = await diskShim()
  if (library !== null)
    return lies ? lyingDiskEnvironment({ library, folder: disk.folder }) : rebootedEnvironment(library)
  if (lies) throw new Error("Flushes can only lie where a C compiler is")
  return {}
}

async function lookAtAll(machine: Machine): Promise<null> {
  const home = await ServerHome.create({ folder: join(machine.disk.folder, "data") })
  try {
    const server = home.launch(machine.environment)
    for (const room of machine.rooms) await compare(server, room)
    await server.end("SIGTERM")
    return null
  } finally {
    await home.remove()
  }
}

/** The disk as it is found when the power is back. */
async function untilTheCut(machine: Machine): Promise<LoopDisk> {
  const home = await ServerHome.create({ folder: join(machine.disk.folder, "data") })
  const writers: Writer[] = []
  try {
    const server = home.launch(machine.environment)
    for (const room of machine.rooms) await compare(server, room)
    for (const room of machine.rooms.flatMap((each) => Array.from({ length: writersEach }, () => each))) {
      const url = await server.socketUrl(room.name)
      writers.push(new Writer({ url, room, random: machine.random.fork() }))
    }
    await Promise.all(writers.map((writer) => writer.synced))
    await writeUntilTheCut(writers, machine.random)
    await stop(server)
    // Every acknowledgement that is on its way was sent before the stop, thus before the copy.
    const copy = await machine.disk.copy()
    await server.end("SIGKILL")
    await Promise.all(writers.map((writer) => writer.closed))
    return copy
  } finally {
    for (const writer of writers) writer.doc.destroy()
    await home.remove()
  }
}

async function writeUntilTheCut(writers: readonly Writer[], random: SeededRandom): Promise<void> {
  for (const writer of writers) writer.type(changeEveryMs)
  await delay(random.below(latestCutMs))
  if (random.next() >= pasteShare) return
  random.oneOf(writers).paste()
  await delay(random.below(latestCutMs / 10))
}

/** Resolves when none of its threads does anything any more: what they had asked of the disk, the disk has done. */
async function stop(server: ServerProcess): Promise<void> {
  server.signal("SIGSTOP")
  await until("every thread of the server stands still", async () => {
    const threads = await readdir(`/proc/${server.pid}/task`)
    const states = await Promise.all(
      threads.map((thread) => stateOf(`/proc/${server.pid}/task/${thread}/stat`)),
    )
    return states.every((state) => state === "T")
  })
}

async function stateOf(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8")
  // The name before it is in parentheses and may hold anything.
  return text.slice(text.lastIndexOf(")") + 2)[0]
}

/** The counts in one line. */
export function powerCutLine({ rounds, acknowledged }: PowerCutResult): string {
  return `power-cut: ${rounds} rounds, ${acknowledged} durable changes, none lost`
}
