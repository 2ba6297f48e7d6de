import { compare } from "./compare.ts"
import type { SeededRandom } from "./seeded-random.ts"
import type { ServerProcess } from "./server-process.ts"
import { until } from "./until.ts"
import { Writer } from "./writer.ts"
import type { WrittenRoom } from "./written-room.ts"

/** A disk that the test makes refuse, and accept again. */
export interface RefusingDisk {
  /** What /readyz is to say meanwhile. */
  reason: RegExp
  refuse(): void | Promise<void>
  /** Resolves when it does. */
  accept(): void | Promise<void>
  /** Writes until a disk with a little space left is full. Without it, one change is enough. */
  use?(writer: Writer): void
}

const changesMeanwhile = 20

/**
 * Two people write, the disk refuses, they write on, the disk accepts again, and the server is killed. Meanwhile nothing is
 * acknowledged, /readyz says 503 and why, /healthz says 200, and each has what the other writes; afterwards everything is
 * acknowledged without anybody's doing, and after the kill it is all there.
 * @throws Error that says what is otherwise
 */
export async function surviveRefusal(options: {
  launch: () => ServerProcess
  room: WrittenRoom
  random: SeededRandom
  disk: RefusingDisk
}): Promise<void> {
  const { room, random, disk } = options
  const server = options.launch()
  const url = await server.socketUrl(room.name)
  const writers = [new Writer({ url, room, random }), new Writer({ url, room, random })] as const
  try {
    await Promise.all(writers.map((writer) => writer.synced))
    await writeAwhile(writers)
    await disk.refuse()
    const before = await refusedState(server, writers, disk)
    await writeToEachOther(writers)
    expectSame(before, writers)
    await expectStatus(server, "/healthz", 200)
    await expectStatus(server, "/readyz", 503)
    await disk.accept()
    await Promise.all(writers.map((writer) => writer.whenAllAcknowledged()))
    await until("/readyz says 200", async () => (await server.probe("/readyz")).status === 200)
  } catch (cause) {
    throw new Error(`The server printed ${server.printed}`, { cause })
  } finally {
    await server.end("SIGKILL")
    await Promise.all(writers.map((writer) => writer.closed))
    for (const writer of writers) writer.doc.destroy()
  }
  const next = options.launch()
  await compare(next, room)
  await next.end("SIGKILL")
}

async function writeAwhile(writers: readonly Writer[]): Promise<void> {
  for (const writer of writers) for (let count = 0; count < changesMeanwhile; count += 1) writer.change()
  await Promise.all(writers.map((writer) => writer.whenAllAcknowledged()))
}

/** What everybody had been told when the first write failed. */
async function refusedState(
  server: ServerProcess,
  writers: readonly [Writer, Writer],
  disk: RefusingDisk,
): Promise<number[]> {
  for (const writer of writers) writer.change()
  await until(`/readyz says 503 because of ${disk.reason}`, async () => {
    const { status, body } = await server.probe("/readyz")
    if (status === 503 && disk.reason.test(body)) return true
    await expectStatus(server, "/healthz", 200)
    disk.use?.(writers[0])
    return false
  })
  // What was said before is here then.
  await Promise.all(writers.map((writer) => writer.roundTrip()))
  return writers.map((writer) => writer.acknowledged)
}

/** One change at a time, and each is waited for at the other's: the server cannot have passed by any of them. */
async function writeToEachOther(writers: readonly [Writer, Writer]): Promise<void> {
  const [first, second] = writers
  for (let count = 0; count < changesMeanwhile; count += 1) {
    const [from, to] = count % 2 === 0 ? [first, second] : [second, first]
    const token = from.insert()
    await until("a change is at the other's", () => to.has(token))
  }
  await Promise.all(writers.map((writer) => writer.roundTrip()))
}

function expectSame(before: readonly number[], writers: readonly Writer[]): void {
  const now = writers.map((writer) => writer.acknowledged)
  if (now.some((count, index) => count !== before[index]))
    throw new Error(`While the disk refused, acknowledgements went from ${before} to ${now}`)
}

async function expectStatus(
  server: ServerProcess,
  path: "/healthz" | "/readyz",
  status: number,
): Promise<void> {
  const answer = await server.probe(path)
  if (answer.status !== status)
    throw new Error(`${path} says ${answer.status}, not ${status}: ${answer.body}`)
}
