import { randomInt } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import fc from "fast-check"
import { afterAll, beforeAll, expect, test } from "vitest"
import { HostState } from "../../protocol/message.ts"
import { waitFor } from "../server/support/wait-for.ts"
import { canMakeNamespaces, Namespaces, type Side } from "./network/namespaces.ts"
import { SiteProcess } from "./network/site-process.ts"

const people = [0, 1, 2, 3] as const
const sideOf = (person: number): Side => (person < 2 ? "host" : "joiner")
const who = fc.constantFrom(...people)

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("write" as const), who, at: fc.nat({ max: 99 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("erase" as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("leave-and-come" as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("lose" as const), percent: fc.constantFrom(5, 20, 40) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("pull" as const, "heal" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("slow" as const), ms: fc.constantFrom(0, 20, 80) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat({ max: 300 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** The same every time, and one that is new: a seed that fails is to be added here. */
const seeds = [1, 2, 3, ...(process.env["SEED"] === undefined ? [] : [Number(process.env["SEED"])])]
const runs = Number(process.env["RUNS"] ?? 12)
const isPossible = canMakeNamespaces()

let namespaces: Namespaces
let sites: Record<Side, SiteProcess>
let folder = ""

beforeAll(() => {
  if (!isPossible) return
  namespaces = new Namespaces(`${process.pid % 10_000}`)
  folder = mkdtempSync(join(tmpdir(), "manyhands-network-"))
  sites = {
    host: new SiteProcess(namespaces, "host", join(folder, "host")),
    joiner: new SiteProcess(namespaces, "joiner", join(folder, "joiner")),
  }
})

afterAll(async () => {
  if (!isPossible) return
  await Promise.all(Object.values(sites).map((site) => site.stop()))
  namespaces.remove()
  rmSync(folder, { recursive: true, force: true })
})

test.skipIf(!isPossible).each(seeds)(
  "two computers on one cable are one document, whatever the cable does (SEED=%i)",
  async (seed) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
        const scene = new Scene(`${randomInt(1e9)}`.padStart(20, "a").replace(/[0189]/g, "b"))
        await scene.begin()
        for (const each of steps) await scene.do(each)
        await scene.check()
        await scene.end()
      }),
      { seed, numRuns: runs },
    )
  },
)

class Scene {
  readonly #room: string
  readonly #words: { by: number; word: string }[] = []
  readonly #erased = new Set<string>()
  #written = 0

  constructor(room: string) {
    this.#room = room
  }

  async begin(): Promise<void> {
    await this.#heal()
    const { link } = await sites.host.call({ do: "invite", room: this.#room })
    if (link === undefined) throw new Error("The host gives a link")
    await sites.joiner.call({ do: "join", link })
    for (const person of people) await this.#open(person)
  }

  async do(each: Step): Promise<void> {
    switch (each.do) {
      case "write":
        return this.#write(each.who, each.at)
      case "erase":
        return this.#erase(each.who)
      case "leave-and-come":
        return this.#leaveAndCome(each.who)
      case "lose":
        return namespaces.lose(each.percent)
      case "pull":
        return namespaces.pull()
      case "heal":
        return namespaces.heal()
      case "slow":
        await sites.host.call({ do: "slow", ms: each.ms })
        return
      case "wait":
        await delay(each.ms)
    }
  }

  /** The cable is well again: all say the same, every word is there once, and all see each other and nobody else. */
  async check(): Promise<void> {
    await this.#heal()
    const seen = async () => Promise.all(people.map((person) => sites[sideOf(person)].look(person)))
    let views = await seen()
    await waitFor(
      async () => {
        await sites.joiner.call({ do: "retry" })
        views = await seen()
        const isSaved = views[2]?.host === HostState.Saved && views[2]?.waiting === 0
        return isSaved && views.every(({ text, settled }) => settled && text === views[0]?.text)
      },
      () => `all are alike: ${JSON.stringify(views)}`,
    )
    const text = views[0]?.text ?? ""
    const counts = this.#words.map(({ word }) => [word, text.split(word).length - 1])
    expect(counts.filter(([word, count]) => count !== (this.#erased.has(`${word}`) ? 0 : 1))).toEqual([])
    const everybody = people.map((person) => `person-${person}`).join()
    await waitFor(
      async () => (await seen()).every((view) => view.people.join() === everybody),
      () => "all see each other, and nobody else",
    )
  }

  async end(): Promise<void> {
    for (const person of people) await sites[sideOf(person)].call({ do: "close", person })
  }

  async #heal(): Promise<void> {
    namespaces.heal()
    await sites.host.call({ do: "slow", ms: 0 })
  }

  async #open(person: number): Promise<void> {
    await sites[sideOf(person)].call({ do: "open", person, room: this.#room })
  }

  async #write(person: number, at: number): Promise<void> {
    this.#written += 1
    const word = `<${person}.${this.#written}>`
    this.#words.push({ by: person, word })
    await sites[sideOf(person)].call({ do: "write", person, word, at })
  }

  /** Takes back the last word of one's own. */
  async #erase(person: number): Promise<void> {
    const own = this.#words.findLast(({ by, word }) => by === person && !this.#erased.has(word))
    if (own === undefined) return
    const { isDone } = await sites[sideOf(person)].call({ do: "erase", person, word: own.word })
    if (isDone) this.#erased.add(own.word)
  }

  /** What was written is on the own server's disk before the window closes, as the light says. */
  async #leaveAndCome(person: number): Promise<void> {
    const site = sites[sideOf(person)]
    await waitFor(
      async () => (await site.look(person)).settled,
      () => "the window is settled",
    )
    await site.call({ do: "close", person })
    await this.#open(person)
  }
}
