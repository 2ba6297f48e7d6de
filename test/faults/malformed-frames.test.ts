import { expect, onTestFinished, test } from "vitest"
import { attack, FrameForge, sendNoise } from "./attacker.ts"
import { compare } from "./compare.ts"
import { SeededRandom } from "./seeded-random.ts"
import { ServerHome } from "./server-process.ts"
import { WrittenRoom } from "./written-room.ts"
import { Writer } from "./writer.ts"

const frames = 10_000
const attackers = 10
const noisyConnections = 200

test(`${frames} malformed frames: the server stays, and those who write in the same room notice nothing`, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const random = new SeededRandom(seed)
  const home = await ServerHome.create()
  onTestFinished(() => home.remove())
  const room = new WrittenRoom("attacked")
  const server = home.launch()
  const url = await server.socketUrl(room.name)
  const honest = [random, random].map((own) => new Writer({ url, room, random: own }))
  await Promise.all(honest.map((writer) => writer.synced))
  for (const writer of honest) writer.type(20)

  const forge = new FrameForge(random)
  const thrownOut = await Promise.all(
    Array.from({ length: attackers }, () => attack(url, forge, frames / attackers)),
  )
  for (let count = 0; count < noisyConnections; count += 1) await sendNoise(url, random)
  expect(thrownOut.reduce((sum, count) => sum + count)).toBeGreaterThan(frames / 10)

  for (const writer of honest) writer.stopTyping()
  for (const writer of honest) await writer.whenAllAcknowledged()
  expect(room.settled).toBeGreaterThan(10)
  const health = await fetch(new URL("/healthz", await server.listening))
  expect(health.status).toBe(200)
  await compare(server, room)
  for (const writer of honest) {
    await expect.poll(() => writer.faults).toEqual([])
    await writer.leave()
  }
  expect(await server.end("SIGTERM")).toEqual({ code: 0, signal: null })
})
