import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { DiskControl, diskShim } from "../fixtures/disk-shim/disk-shim.ts"
import { LoopDisk } from "./loop-disk.ts"
import { type RefusingDisk, surviveRefusal } from "./refusing-disk.ts"
import { SeededRandom } from "./seeded-random.ts"
import { ServerHome } from "./server-process.ts"
import { WrittenRoom } from "./written-room.ts"

const smallDiskMegabytes = 32
/** So much is left of the full disk, at most: it is full at another moment each time. */
const leftBytes = 1024 * 1024
/** So many writes succeed, at most, before the first fails. */
const writesBeforeFailure = 4
export const hangMs = 10_000

export interface DiskFaultResult {
  rounds: number
  /** Changes that a client had been told are on disk. */
  acknowledged: number
  /** Calls that the shim made to fail; null where there is none. */
  failed: number | null
}

interface DiskFaultOptions {
  rounds: number
  seed: number
  onRound?: (round: number) => void
}

/** The shim before the disk, for a test that asks before it needs it. */
export async function shimUnavailable(): Promise<string | null> {
  return (await diskShim()) === null ? "the shim before the disk needs Linux and a C compiler" : null
}

/**
 * A disk of a few megabytes is filled by somebody else while people write, and then space is made.
 * @throws Error that says what went wrong, in which round, and the seed.
 */
export async function fullDisks(options: DiskFaultOptions): Promise<DiskFaultResult> {
  const random = new SeededRandom(options.seed)
  const disk = await LoopDisk.create(smallDiskMegabytes)
  let acknowledged = 0
  try {
    for (let round = 0; round < options.rounds; round += 1) {
      // One each round, or the documents themselves would fill the disk.
      const home = await ServerHome.create({ folder: join(disk.folder, `data-${round}`) })
      try {
        const refusing: RefusingDisk = {
          reason: /disk .* is full/,
          refuse: () => disk.fill(random.below(leftBytes)),
          accept: () => disk.empty(),
          use: (writer) => writer.paste(),
        }
        acknowledged += await oneRound(home, {}, refusing, { ...options, round, random })
      } finally {
        await disk.empty()
        await home.remove()
      }
    }
  } finally {
    await disk.remove()
  }
  return { rounds: options.rounds, acknowledged, failed: null }
}

/**
 * The disk breaks, at flushes or at writes that flush or at both, or it has no space for a longer file.
 *
 * Writes that only go to the system's memory do not fail here, as they do not on a local file system: lmdb 3.5 would write
 * its error text over the end of the memory that it has for it, and sometimes die of that. Nothing acknowledged is lost then
 * either, but the server has to be started again.
 * @throws Error that says what went wrong, in which round, and the seed.
 */
export async function ioErrors(options: DiskFaultOptions): Promise<DiskFaultResult> {
  return await withShim(options, (control, random) => {
    const kind = random.oneOf(["flushes", "writes", "both", "space"] as const)
    const passing = random.below(writesBeforeFailure)
    return {
      reason: /disk/,
      refuse: () => {
        if (kind === "flushes" || kind === "both") control.failFlushes("EIO")
        if (kind === "writes" || kind === "both") control.failWrites("EIO", passing)
        if (kind === "space") control.failWrites("ENOSPC", passing)
      },
      accept: () => control.heal(),
      use: (writer) => (kind === "space" ? writer.paste() : writer.change()),
    }
  })
}

/**
 * No write and no flush returns for ten seconds.
 * @throws Error that says what went wrong, in which round, and the seed.
 */
export async function hangs(options: DiskFaultOptions): Promise<DiskFaultResult> {
  return await withShim(options, (control) => {
    let heldSince = 0
    return {
      reason: /disk|store/,
      refuse: () => {
        control.hold()
        heldSince = performance.now()
      },
      accept: async () => {
        await delay(Math.max(0, heldSince + hangMs - performance.now()))
        control.heal()
      },
    }
  })
}

async function withShim(
  options: DiskFaultOptions,
  diskOf: (control: DiskControl, random: SeededRandom) => RefusingDisk,
): Promise<DiskFaultResult> {
  const library = await diskShim()
  if (library === null) throw new Error("There is no shim")
  const random = new SeededRandom(options.seed)
  const folder = await mkdtemp(join(tmpdir(), "manyhands-control-"))
  const home = await ServerHome.create()
  const control = new DiskControl({ library, folder: home.folder, file: join(folder, "control") })
  let acknowledged = 0
  try {
    for (let round = 0; round < options.rounds; round += 1) {
      const disk = diskOf(control, random)
      acknowledged += await oneRound(home, control.environment, disk, { ...options, round, random })
    }
    return { rounds: options.rounds, acknowledged, failed: control.counts.failed }
  } finally {
    // A server that hangs in a call could not even be killed.
    control.heal()
    await home.remove()
    control.close()
    await rm(folder, { recursive: true })
  }
}

async function oneRound(
  home: ServerHome,
  environment: Readonly<Record<string, string>>,
  disk: RefusingDisk,
  { round, seed, random, onRound }: DiskFaultOptions & { round: number; random: SeededRandom },
): Promise<number> {
  const room = new WrittenRoom(`room-${round}`)
  const launch = () => home.launch(environment)
  try {
    await surviveRefusal({ launch, room, random: random.fork(), disk })
  } catch (cause) {
    throw new Error(`Round ${round} of the seed ${seed} failed`, { cause })
  }
  onRound?.(round)
  return room.settled
}

/** The counts in one line. */
export function diskFaultLine(name: string, { rounds, acknowledged, failed }: DiskFaultResult): string {
  const calls = failed === null ? "" : `, ${failed} failed calls`
  return `${name}: ${rounds} rounds, ${acknowledged} durable changes${calls}, none lost`
}
