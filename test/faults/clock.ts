import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { CloseCode } from "../../protocol/close-code.ts"
import { LmdbStore } from "../../sync-server/store/lmdb-store.ts"
import { DiskControl, diskShim } from "../fixtures/disk-shim/disk-shim.ts"
import { compare } from "./compare.ts"
import { SeededRandom } from "./seeded-random.ts"
import { ServerHome, type ServerProcess } from "./server-process.ts"
import { storedHistory } from "./stored-history.ts"
import { Writer } from "./writer.ts"
import { WrittenRoom } from "./written-room.ts"

const hour = 3_600_000
const day = 24 * hour
/** How far the wall clock is from the real one after a jump; the last is before 1970. */
const offsets = [
  0,
  hour,
  -hour,
  26 * hour,
  -26 * hour,
  400 * day,
  -400 * day,
  10_950 * day,
  -10_950 * day,
  -25_000 * day,
]
const invitedFor = "1h"
const writersAtOnce = 4
const changeEveryMs = 5
/** So many more of each writer's changes are on disk before the clock jumps again. */
const changesPerJump = 15

export interface ClockResult {
  jumps: number
  /** Changes that a client had been told are on disk. */
  acknowledged: number
  /** Entries of the history. */
  history: number
}

/**
 * Sets the server's wall clock forward and back while people write: nobody is cut off, acknowledgements go on, an invite ends
 * by the clock as it is when somebody comes with it, and everything is there after a SIGKILL. The history holds every
 * change in its order; the time of each is what the clock said, so that times go back where the clock did.
 * @throws Error that says what went wrong, after which jump, and the seed.
 */
export async function clockJumps(options: {
  rounds: number
  seed: number
  onRound?: (round: number) => void
}): Promise<ClockResult> {
  const library = await diskShim()
  if (library === null) throw new Error("There is no shim")
  const random = new SeededRandom(options.seed)
  const folder = await mkdtemp(join(tmpdir(), "manyhands-control-"))
  const home = await ServerHome.create()
  const control = new DiskControl({ library, folder: home.folder, file: join(folder, "control") })
  const room = new WrittenRoom("clock")
  try {
    await jumpAndWrite({ ...options, home, control, room, random })
    const next = home.launch()
    await compare(next, room)
    await next.end("SIGTERM")
    return {
      jumps: options.rounds,
      acknowledged: room.settled,
      history: await checkedHistory(home.folder, room),
    }
  } finally {
    await home.remove()
    control.close()
    await rm(folder, { recursive: true })
  }
}

async function jumpAndWrite(options: {
  rounds: number
  seed: number
  onRound?: (round: number) => void
  home: ServerHome
  control: DiskControl
  room: WrittenRoom
  random: SeededRandom
}): Promise<void> {
  const { home, control, room, random } = options
  const server = home.launch(control.environment)
  const invite = await home.invite(invitedFor)
  const url = await server.socketUrl(room.name)
  const urls = [
    await server.socketUrl(room.name, invite),
    ...Array.from({ length: writersAtOnce - 1 }, () => url),
  ]
  const writers = urls.map((each) => new Writer({ url: each, room, random: random.fork() }))
  await Promise.all(writers.map((writer) => writer.synced))
  for (const writer of writers) writer.type(changeEveryMs)
  for (let round = 0; round < options.rounds; round += 1) {
    const offset = random.oneOf(offsets) + random.below(hour / 4)
    control.shiftClock(offset)
    try {
      await Promise.all(writers.map((writer) => writer.whenAcknowledged(writer.sent + changesPerJump)))
      await expectWell(server)
      await expectInvite(await server.socketUrl(room.name, invite), { isOver: offset > hour, room })
    } catch (cause) {
      const message = `Jump ${round} of the seed ${options.seed}, to ${offset} ms from now, failed: ${server.printed}`
      throw new Error(message, { cause })
    }
    options.onRound?.(round)
  }
  await server.end("SIGKILL")
  await Promise.all(writers.map((writer) => writer.closed))
  for (const writer of writers) writer.doc.destroy()
}

async function expectWell(server: ServerProcess): Promise<void> {
  for (const path of ["/healthz", "/readyz"] as const) {
    const { status, body } = await server.probe(path)
    if (status !== 200) throw new Error(`${path} says ${status}: ${body}`)
  }
}

async function expectInvite(
  url: string,
  { isOver, room }: { isOver: boolean; room: WrittenRoom },
): Promise<void> {
  const guest = new Writer({ url, room, random: new SeededRandom(0) })
  const outcome = await Promise.race([guest.synced.then(() => "in"), guest.closed])
  if (outcome === "in") await guest.leave()
  else guest.doc.destroy()
  const wanted = isOver ? CloseCode.Unauthorized : "in"
  if (outcome !== wanted)
    throw new Error(`A guest's invite for an hour was answered with ${outcome}, not ${wanted}`)
}

async function checkedHistory(folder: string, room: WrittenRoom): Promise<number> {
  const store = new LmdbStore(folder)
  try {
    return (await storedHistory(store, room)).length
  } finally {
    await store.close()
  }
}

/** The counts in one line. */
export function clockLine({ jumps, acknowledged, history }: ClockResult): string {
  return `clock: ${jumps} jumps, ${acknowledged} durable changes, none lost, ${history} entries of history in order`
}
