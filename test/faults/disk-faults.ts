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
/** A commit makes fewer writes than this, so that each of them is the one that fails. */
const writesOfCommit = 8
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
 * Flushes, or one of the writes of a commit and all after it, fail with EIO or ENOSPC.
 * @throws Error that says what went wrong, in which round, and the seed.
 */
export async function ioErrors(options: DiskFaultOptions): Promise<DiskFaultResult> {
  return await withShim(options, (control, random) => ({
    reason: /disk/,
    refuse: () => {
      const error = random.oneOf(["EIO", "ENOSPC"] as const)
      const passing = random.below(writesOfCommit)
      if (random.next() < 0.4) control.failFlushes(error)
      else control.failWrites(error, passing)
    },
    accept: () => control.heal(),
    use: (writer) => writer.change(),
  }))
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
