import { expect, onTestFinished, test } from "vitest"
import { compactionKillsLine, killCompactions } from "./compaction-kills.ts"
import { compare } from "./compare.ts"
import { killLine, killLoop } from "./kill-loop.ts"
import { freshSeed, SeededRandom } from "./seeded-random.ts"
import { ServerHome } from "./server-process.ts"
import { Writer } from "./writer.ts"
import { WrittenRoom } from "./written-room.ts"

const rounds = 50
const compactionRounds = 4

test(`${rounds} times SIGKILL under load: the store opens, and nothing that was durable is lost`, async () => {
  const seed = freshSeed()
  const result = await killLoop({ rounds, seed })
  console.log(`${killLine(result)}; seed ${seed}`)
  expect(result.acknowledged).toBeGreaterThan(rounds)
})

test("SIGKILL while rooms in use are compacted: nothing durable is lost, and the history has no hole and no double", async () => {
  const seed = freshSeed()
  const result = await killCompactions({ rounds: compactionRounds, seed })
  console.log(`${compactionKillsLine(result)}; seed ${seed}`)
  expect(result.acknowledged).toBeGreaterThan(compactionRounds)
})

test("an update that waits for its predecessor is durable once it is acknowledged", async () => {
  const home = await ServerHome.create()
  onTestFinished(() => home.remove())
  const room = new WrittenRoom("gap")
  const first = home.launch()
  const writer = new Writer({
    url: await first.socketUrl(room.name),
    room,
    random: new SeededRandom(1),
  })
  await writer.synced
  await writer.whenAcknowledged(1)
  const predecessor = writer.makeChange("insert")
  const successor = writer.makeChange("insert")
  writer.sendUpdate(successor.update, successor.changes)
  await writer.whenAcknowledged(2)
  await first.end("SIGKILL")
  await writer.closed

  const second = home.launch()
  const late = new Writer({
    url: await second.socketUrl(room.name),
    room,
    random: new SeededRandom(2),
  })
  await late.synced
  await late.whenAcknowledged(1)
  late.sendUpdate(predecessor.update, predecessor.changes)
  await late.whenAcknowledged(2)
  await late.leave()
  await compare(second, room)
  expect(room.settled).toBe(2)
  expect((await second.end("SIGTERM")).code).toBe(0)
})
