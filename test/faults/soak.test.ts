import { readdir } from "node:fs/promises"
import { get, type IncomingMessage } from "node:http"
import { text } from "node:stream/consumers"
import { setTimeout as delay } from "node:timers/promises"
import { expect, onTestFinished, test } from "vitest"
import { compare } from "./compare.ts"
import { SeededRandom } from "./seeded-random.ts"
import { ServerHome } from "./server-process.ts"
import { Writer } from "./writer.ts"
import { WrittenRoom } from "./written-room.ts"

const waves = 2
const waveMs = 8_000
const steadyRooms = 5
const writersEach = 3
const changeEveryMs = 40

test("a short soak: rooms and descriptors go with those who came, and nothing acknowledged is lost", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const random = new SeededRandom(seed)
  const home = await ServerHome.create()
  onTestFinished(() => home.remove())
  const server = home.launch()
  const rooms: WrittenRoom[] = []
  const openAfter: number[] = []
  for (let wave = 0; wave < waves; wave += 1) {
    rooms.push(...(await everybodyComesAndGoes((room) => server.socketUrl(room), random, `wave-${wave}`)))
    await expect
      .poll(() => loaded(server.listening), { timeout: 60_000 })
      .toEqual({ rooms: 0, connections: 0 })
    openAfter.push(await descriptors(server.pid))
  }
  // What the server opens once, such as a thread, it has opened in the first wave.
  await expect
    .poll(() => descriptors(server.pid), { timeout: 30_000 })
    .toBeLessThanOrEqual(openAfter[0] ?? Number.NaN)
  expect(rooms.reduce((sum, { settled }) => sum + settled, 0)).toBeGreaterThan(1_000)
  for (const room of rooms) await compare(server, room)
  expect(await server.end("SIGTERM")).toEqual({ code: 0, signal: null })
})

/** Steady writers in a few rooms, some of whom leave and come back, and many rooms that are opened, written into and left. */
async function everybodyComesAndGoes(
  urlOf: (room: string) => Promise<string>,
  random: SeededRandom,
  wave: string,
): Promise<WrittenRoom[]> {
  const steady = Array.from(
    { length: steadyRooms },
    (_, number) => new WrittenRoom(`${wave}-steady-${number}`),
  )
  const visited: WrittenRoom[] = []
  const come = async (room: WrittenRoom): Promise<Writer> => {
    const writer = new Writer({ url: await urlOf(room.name), room, random })
    await writer.synced
    return writer
  }
  const writers = await Promise.all(
    Array.from({ length: steadyRooms * writersEach }, async (_, number) => {
      const room = at(steady, number % steadyRooms)
      const writer = await come(room)
      writer.type(changeEveryMs)
      return { room, writer }
    }),
  )
  for (const end = performance.now() + waveMs; performance.now() < end; ) {
    const room = new WrittenRoom(`${wave}-visited-${visited.length}`)
    visited.push(room)
    const visitor = await come(room)
    for (let count = 0; count < 3; count += 1) visitor.change()
    await visitor.whenAllAcknowledged()
    await visitor.leave()
    // Whoever leaves here leaves in the middle of a word: what was not acknowledged may be lost, and nothing else.
    const restless = at(writers, random.below(writers.length))
    await restless.writer.leave()
    restless.writer = await come(restless.room)
    restless.writer.type(changeEveryMs)
    await delay(20)
  }
  for (const { writer } of writers) writer.stopTyping()
  for (const { writer } of writers) await writer.whenAllAcknowledged()
  for (const { writer } of writers) await writer.leave()
  return [...steady, ...visited]
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index]
  if (value === undefined) throw new RangeError(`There is no number ${index}`)
  return value
}

/** What the server says it holds. The connection is over afterwards, or it would be one of the descriptors that are counted. */
async function loaded(listening: Promise<string>): Promise<{ rooms: number; connections: number }> {
  const page = await bodyOf(new URL("/metrics", await listening))
  const sum = (name: string): number => {
    const values = [...page.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, "gm"))]
    return values.length === 0 ? Number.NaN : values.reduce((total, [, value]) => total + Number(value), 0)
  }
  return { rooms: sum("manyhands_rooms"), connections: sum("manyhands_connections") }
}

async function bodyOf(url: URL): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent: false }, resolve).on("error", reject)
  })
  return await text(response)
}

async function descriptors(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length
}
