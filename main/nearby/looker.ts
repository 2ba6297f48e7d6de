import type { Packet } from "dns-packet"
import type { NearbySession } from "../../protocol/api.ts"
import { type FoundService, readServices, serviceType } from "./dns-sd.ts"
import { type Door, lookIn } from "./host-door.ts"
import type { Multicast } from "./multicast.ts"

/** As RFC 6762 has it: at first quickly, then ever more rarely, in milliseconds. */
const queryPauses = [1_000, 3_000, 9_000, 27_000, 60_000]
/** How often those who were found are asked how they are. */
const checkEvery = 5_000
/** A host that does not answer so often in a row has gone without a goodbye. */
const mostMisses = 2
/** Of more than that nobody can choose; anybody may announce anything. */
const mostServices = 100

/** Something that is shared nearby, and answers. */
export interface Seen {
  service: FoundService
  door: Door
  session: NearbySession
}

interface Found {
  service: FoundService
  seen: Seen | null
  misses: number
  checking: Promise<void> | null
}

/** Looks for what others on the network share. What is told is what answers. */
export class Looker {
  readonly #multicast: Pick<Multicast, "send">
  readonly #isOwn: (id: string) => boolean
  readonly #changed: () => void
  readonly #found = new Map<string, Found>()
  #queries: NodeJS.Timeout | null = null
  #checks: NodeJS.Timeout | null = null

  constructor(options: {
    multicast: Pick<Multicast, "send">
    /** What is shared from here is not told. */
    isOwn: (id: string) => boolean
    changed: () => void
  }) {
    this.#multicast = options.multicast
    this.#isOwn = options.isOwn
    this.#changed = options.changed
  }

  get isLooking(): boolean {
    return this.#checks !== null
  }

  get seen(): Seen[] {
    return [...this.#found.values()].flatMap(({ seen }) => (seen === null ? [] : [seen]))
  }

  start(): void {
    if (this.#checks !== null) return
    this.#checks = setInterval(() => this.#checkAll(), checkEvery)
    this.#query(0)
  }

  stop(): void {
    if (this.#queries !== null) clearTimeout(this.#queries)
    if (this.#checks !== null) clearInterval(this.#checks)
    this.#queries = null
    this.#checks = null
    this.#found.clear()
    this.#changed()
  }

  /** The network is another one: it is asked from the beginning. */
  again(): void {
    if (!this.isLooking) return
    if (this.#queries !== null) clearTimeout(this.#queries)
    this.#query(0)
  }

  response(packet: Packet, from: string): void {
    if (!this.isLooking) return
    const { found, gone } = readServices(packet, from)
    for (const name of gone) this.#goodbye(name)
    for (const service of found) if (!this.#isOwn(service.id)) this.#take(service)
  }

  #query(round: number): void {
    void this.#multicast.send(() => ({ type: "query", questions: [{ type: "PTR", name: serviceType }] }))
    const pause = queryPauses[Math.min(round, queryPauses.length - 1)]
    this.#queries = setTimeout(() => this.#query(round + 1), pause)
  }

  #take(service: FoundService): void {
    const known = this.#found.get(service.id)
    if (known === undefined) {
      if (this.#found.size >= mostServices) return
      const found: Found = { service, seen: null, misses: 0, checking: null }
      this.#found.set(service.id, found)
      this.#check(found)
      return
    }
    // The same on another network, or the host has another address: both are tried.
    const addresses = [...new Set([...service.addresses, ...known.service.addresses])].slice(0, mostAddresses)
    const isNews = addresses.join() !== known.service.addresses.join() || service.port !== known.service.port
    known.service = { ...service, addresses }
    if (isNews) this.#check(known)
  }

  #goodbye(name: string): void {
    for (const [id, { service }] of this.#found) if (service.name === name) this.#found.delete(id)
    this.#changed()
  }

  #checkAll(): void {
    for (const found of this.#found.values()) this.#check(found)
  }

  #check(found: Found): void {
    found.checking ??= this.#knock(found).finally(() => {
      found.checking = null
    })
  }

  async #knock(found: Found): Promise<void> {
    const { service } = found
    const seen = await firstToAnswer(service, found.seen?.door ?? null)
    if (this.#found.get(service.id) !== found) return
    found.misses = seen === null ? found.misses + 1 : 0
    if (seen === null && found.misses < mostMisses) return
    if (seen === null) this.#found.delete(service.id)
    const isNews = JSON.stringify(seen) !== JSON.stringify(found.seen)
    found.seen = seen
    if (isNews) this.#changed()
  }
}

/** Addresses that are kept of one host. */
const mostAddresses = 8

/** The door that answered last, if it still does, else whichever of all answers first. */
async function firstToAnswer(service: FoundService, last: Door | null): Promise<Seen | null> {
  const { id, port, addresses } = service
  const again = last === null ? null : await lookIn(last)
  if (last !== null && again !== null) return { service, door: last, session: again }
  const tries = addresses.map(async (address) => {
    const door = { origin: `http://${address.includes(":") ? `[${address}]` : address}:${port}`, id }
    const session = await lookIn(door)
    if (session === null) throw new Error(`Nobody answers at ${door.origin}`)
    return { service, door, session }
  })
  try {
    return await Promise.any(tries)
  } catch {
    return null // none of them answers
  }
}
