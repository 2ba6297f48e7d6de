import { expect, onTestFinished, test } from "vitest"
import { CloseCode } from "../../protocol/close-code.ts"
import { compare } from "./compare.ts"
import { SeededRandom } from "./seeded-random.ts"
import { ServerHome } from "./server-process.ts"
import { Writer } from "./writer.ts"
import { WrittenRoom } from "./written-room.ts"

const writers = 20
const changeEveryMs = 5
/** Each writer has so much on disk before the signal comes, and goes on typing. */
const acknowledgedBefore = 20

test("SIGTERM under load: 1012 for everybody, exit code 0, and everything durable is there afterwards", async () => {
  const home = await ServerHome.create()
  onTestFinished(() => home.remove())
  const room = new WrittenRoom("busy")
  const server = home.launch()
  const url = await server.socketUrl(room.name)
  const clients = Array.from(
    { length: writers },
    (_, index) => new Writer({ url, room, random: new SeededRandom(index) }),
  )
  await Promise.all(clients.map((client) => client.synced))
  for (const client of clients) client.type(changeEveryMs)
  await Promise.all(clients.map((client) => client.whenAcknowledged(acknowledgedBefore)))

  const ended = server.end("SIGTERM")
  expect(await Promise.all(clients.map((client) => client.closed))).toEqual(
    clients.map(() => CloseCode.Draining),
  )
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(room.settled).toBeGreaterThan(writers * (acknowledgedBefore / 2))
  for (const client of clients) client.doc.destroy()

  const next = home.launch()
  await compare(next, room)
  expect((await next.end("SIGTERM")).code).toBe(0)
})

test("SIGTERM with nobody there ends with 0 as well", async () => {
  const home = await ServerHome.create()
  onTestFinished(() => home.remove())
  const server = home.launch()
  await server.listening
  expect(await server.end("SIGTERM")).toEqual({ code: 0, signal: null })
})
