import { readFile } from "node:fs/promises"
import type { Socket } from "node:net"
import { compare } from "./compare.ts"
import { FrameForge } from "./frame-forge.ts"
import { holdHalfRequest, knockAndRun, makeHttpNoise, makeNoise } from "./noise.ts"
import { clientFrame, RawClient } from "./raw-client.ts"
import { SeededRandom } from "./seeded-random.ts"
import { ServerHome, type ServerProcess } from "./server-process.ts"
import { Writer } from "./writer.ts"
import { WrittenRoom } from "./written-room.ts"

const attackers = 16
/** Of the frames, those that are no WebSocket frames, and connections that are no WebSockets. */
const noiseShare = 0.03
/** A lucky forgery is an update, and a document that grows is no leak: every so many frames another one is attacked. */
const usualFramesPerRoom = 10_000
/** Until then a fresh server's memory grows in any case. */
const warmUpShare = 0.2
const halfRequests = 200
const honestChangeEveryMs = 20

export interface FramesResult {
  /** Malformed or cut off, each of them looked at by the server. */
  frames: number
  /** Of them, those that break the rules of WebSocket or HTTP. */
  noise: number
  /** Connections that the server ended for what came. */
  ended: number
  /** Connections opened and dropped. */
  dropped: number
  /** The server's own memory (without mapped files) after a fifth of the frames, and in the end. */
  memoryBefore: number
  memoryAfter: number
  /** Changes of the honest that were on disk meanwhile. */
  acknowledged: number
}

/**
 * Sends what no client sends, while two people write in the same document.
 * @throws Error with the seed when the server takes what it must not, dies, or when the honest notice anything
 */
export async function malformedFrames(options: {
  frames: number
  seed: number
  framesPerRoom?: number
  onRoom?: (frames: number) => void
}): Promise<FramesResult> {
  const framesPerRoom = options.framesPerRoom ?? usualFramesPerRoom
  const random = new SeededRandom(options.seed)
  const home = await ServerHome.create()
  const server = home.launch()
  const held: Socket[] = []
  const result = {
    frames: 0,
    noise: 0,
    ended: 0,
    dropped: 0,
    memoryBefore: 0,
    memoryAfter: 0,
    acknowledged: 0,
  }
  try {
    const origin = await server.socketUrl("held")
    held.push(...(await Promise.all(Array.from({ length: halfRequests }, () => holdHalfRequest(origin)))))
    while (result.frames < options.frames) {
      const wanted = Math.min(framesPerRoom, options.frames - result.frames)
      await attackRoom(server, new WrittenRoom(`attacked-${result.frames}`), { wanted, random, result })
      result.memoryAfter = await ownMemory(server)
      if (result.memoryBefore === 0 && result.frames >= options.frames * warmUpShare)
        result.memoryBefore = result.memoryAfter
      options.onRoom?.(result.frames)
    }
    const { code } = await server.end("SIGTERM")
    if (code !== 0) throw new Error(`The server ended with ${code}: ${server.printed}`)
    return result
  } catch (cause) {
    throw new Error(`After ${result.frames} frames of the seed ${options.seed}`, { cause })
  } finally {
    for (const socket of held) socket.destroy()
    await home.remove()
  }
}

interface Attack {
  wanted: number
  random: SeededRandom
  result: FramesResult
}

async function attackRoom(server: ServerProcess, room: WrittenRoom, attack: Attack): Promise<void> {
  const url = await server.socketUrl(room.name)
  const honest = [
    new Writer({ url, room, random: attack.random.fork() }),
    new Writer({ url, room, random: attack.random.fork() }),
  ]
  await Promise.all(honest.map((writer) => writer.synced))
  for (const writer of honest) writer.type(honestChangeEveryMs)
  const budget = { left: attack.wanted }
  await Promise.all(
    Array.from({ length: attackers }, () =>
      attacker(url, { ...attack, random: attack.random.fork(), budget }),
    ),
  )

  for (const writer of honest) {
    writer.stopTyping()
    // They were never cut off, else this throws.
    await writer.whenAllAcknowledged()
    await writer.roundTrip()
    if (writer.faults.length > 0)
      throw new Error(`An honest writer lacks: ${writer.faults.slice(0, 20).join("; ")}`)
    await writer.leave()
  }
  const health = await server.probe("/healthz")
  if (health.status !== 200) throw new Error(`/healthz says ${health.status}: ${health.body}`)
  await compare(server, room)
  attack.result.acknowledged += room.settled
}

async function attacker(url: string, attack: Attack & { budget: { left: number } }): Promise<void> {
  const { random, result, budget } = attack
  const forge = new FrameForge(random)
  let client: RawClient | null = null
  while (budget.left > 0) {
    if (random.next() < noiseShare) {
      budget.left -= 1
      await noise(url, random, result)
      result.frames += 1
      continue
    }
    const run = forge.run().slice(0, budget.left)
    budget.left -= run.length
    client ??= await enter(url)
    client.write(Buffer.concat(run.map((frame) => clientFrame(frame))))
    if (!(await client.answered())) {
      client = null
      result.ended += 1
    }
    result.frames += run.length
  }
  client?.destroy()
}

async function enter(url: string): Promise<RawClient> {
  const client = new RawClient(url)
  if (!(await client.opened())) throw new Error("The server does not let anybody in any more")
  return client
}

async function noise(url: string, random: SeededRandom, result: FramesResult): Promise<void> {
  result.noise += 1
  switch (random.below(4)) {
    case 0:
      result.dropped += 1
      return knockAndRun(url, random)
    case 1:
      return makeHttpNoise(url, random)
    default:
      result.ended += 1
      return makeNoise(url, random)
  }
}

/** Bytes. What is mapped from files is the store's, and shared with the system. */
async function ownMemory(server: ServerProcess): Promise<number> {
  const status = await readFile(`/proc/${server.pid}/status`, "utf8")
  const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]
  if (kilobytes === undefined) throw new Error("The kernel does not tell a process's memory")
  return Number(kilobytes) * 1024
}

/** The counts in one line. */
export function framesLine(result: FramesResult): string {
  const { frames, noise, ended, dropped, acknowledged } = result
  const [before, after] = [result.memoryBefore, result.memoryAfter].map((bytes) => Math.round(bytes / 1e6))
  return (
    `frames: ${frames} malformed or cut off (${noise} no WebSocket frames at all), ${ended} connections ended for it, ` +
    `${dropped} dropped, memory ${before} MB then ${after} MB, ${acknowledged} durable changes of others meanwhile, none lost`
  )
}
