import { setTimeout as delay } from "node:timers/promises"
import fc from "fast-check"
import { expect, test } from "vitest"
import { HostState } from "../../protocol/message.ts"
import { BadNetwork } from "./support/bad-network.ts"
import { inviteLink, Window, whenAlike } from "./support/replicated.ts"
import { startServer, type TestServer } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

const base32 = "abcdefghijklmnopqrstuvwxyz234567"
/** Two windows at the host and two at the joiner. */
const windowsOf = { host: [0, 1], joiner: [2, 3] } as const
const who = fc.nat({ max: 3 })

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("write" as const), who, at: fc.nat({ max: 99 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("erase" as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("leave-and-come" as const), who }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("silence" as const, "cut" as const, "heal" as const) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("slow" as const), ms: fc.nat({ max: 60 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat({ max: 25 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** One document on two servers, with what everybody wrote into it. */
class Scene {
  readonly #servers: { host: TestServer; joiner: TestServer }
  readonly #network: BadNetwork
  readonly #room: string
  readonly #windows: Window[] = []
  readonly #clients: number[] = []
  readonly #words: { by: number; word: string }[] = []
  readonly #erased = new Set<string>()
  #written = 0

  constructor(
    servers: { host: TestServer; joiner: TestServer },
    { network, room }: { network: BadNetwork; room: string },
  ) {
    this.#servers = servers
    this.#network = network
    this.#room = room
  }

  async begin(): Promise<void> {
    const { host, joiner } = this.#servers
    const link = await inviteLink(host, { name: this.#room, origin: this.#network.origin })
    await joiner.server.replicas.join(link)
    for (const index of [...windowsOf.host, ...windowsOf.joiner]) await this.#open(index)
  }

  async do(step: Step): Promise<void> {
    switch (step.do) {
      case "write":
        return this.#write(step.who, step.at)
      case "erase":
        return this.#erase(step.who)
      case "leave-and-come":
        return this.#leaveAndCome(step.who)
      case "silence":
        return this.#network.fallSilent()
      case "cut":
        return this.#network.cut()
      case "heal":
        return this.#network.heal()
      case "slow":
        return this.#network.slowDown(step.ms)
      case "wait":
        await delay(step.ms)
    }
  }

  /** The network is well again: all say the same, every word is there once, and all see each other and nobody else. */
  async check(): Promise<void> {
    this.#network.slowDown(0)
    this.#network.heal()
    const below = this.#window(windowsOf.joiner[0])
    await waitFor(
      () => {
        // As the app does when the network is back: nobody waits for the end of a long pause.
        this.#servers.joiner.server.replicas.retryNow()
        return below.host?.state === HostState.Saved && below.host.waiting === 0
      },
      () => `the host has everything: ${JSON.stringify(below.host)}`,
    )
    await whenAlike(...this.#windows)
    const text = below.text.toString()
    const counts = this.#words.map(({ word }) => [word, text.split(word).length - 1])
    expect(counts.filter(([word, count]) => count !== (this.#erased.has(`${word}`) ? 0 : 1))).toEqual([])
    for (const [index, window] of this.#windows.entries())
      await window.whenPeople(this.#clients.filter((_, other) => other !== index))
  }

  end(): void {
    for (const window of this.#windows) window.close()
  }

  #window(index: number): Window {
    const window = this.#windows[index]
    if (window === undefined) throw new Error(`There is no window ${index}`)
    return window
  }

  async #open(index: number): Promise<void> {
    const isHosts = windowsOf.host.some((hosts) => hosts === index)
    const window = await Window.open(isHosts ? this.#servers.host : this.#servers.joiner, this.#room)
    this.#windows[index] = window
    this.#clients[index] = window.doc.clientID
    const user = { name: `Person ${index}`, id: `${index}` }
    window.sendAwareness([{ clientId: window.doc.clientID, clock: 1, state: { user } }])
  }

  #write(index: number, at: number): void {
    const window = this.#window(index)
    this.#written += 1
    const word = `<${index}.${this.#written}>`
    // Between words, never within one: a word is counted as it was written.
    const gaps = [0, ...[...window.text.toString().matchAll(/>/g)].map((match) => match.index + 1)]
    window.text.insert(gaps[at % gaps.length] ?? 0, word)
    this.#words.push({ by: index, word })
  }

  /** Takes back the last word of one's own. */
  #erase(index: number): void {
    const own = this.#words.findLast(({ by, word }) => by === index && !this.#erased.has(word))
    if (own === undefined) return
    const at = this.#window(index).text.toString().indexOf(own.word)
    if (at < 0) return
    this.#window(index).text.delete(at, own.word.length)
    this.#erased.add(own.word)
  }

  /** What was written is on the own server's disk before the window closes, as the light says. */
  async #leaveAndCome(index: number): Promise<void> {
    await this.#window(index).whenDurable()
    this.#window(index).close()
    await this.#open(index)
  }
}

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000)
const runs = Number(process.env["RUNS"] ?? 200)

test(`two servers and their people are one whatever the network does (SEED=${seed})`, {
  timeout: 600_000,
}, async () => {
  const [host, joiner] = [await startServer(), await startServer()]
  const network = await BadNetwork.to(host.port)
  let scenes = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
      scenes += 1
      network.slowDown(0)
      network.heal()
      const scene = new Scene({ host, joiner }, { network, room: roomName(scenes) })
      try {
        await scene.begin()
        for (const each of steps) await scene.do(each)
        await scene.check()
      } finally {
        scene.end()
      }
    }),
    { seed, numRuns: runs, interruptAfterTimeLimit: 500_000, markInterruptAsFailure: true },
  )
})

/** As the desktop names rooms, another one each time. */
function roomName(number: number): string {
  const letters = Array.from({ length: 20 }, (_, place) => (number >> (place * 5)) & 31)
  return letters.map((letter) => base32.charAt(letter)).join("")
}
