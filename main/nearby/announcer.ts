import type { Packet } from "dns-packet"
import { type Announcement, answersFor, asksForUs, goodbyesFor } from "./dns-sd.ts"
import type { Multicast } from "./multicast.ts"

/** A packet may be lost: RFC 6762 says each announcement twice, a second apart. */
const againMs = 1_000

/** Tells everybody on the network what is shared here, when it changes and when somebody asks. */
export class Announcer {
  readonly #multicast: Pick<Multicast, "send">
  readonly #host: string
  #announcements: readonly Announcement[] = []
  #again: NodeJS.Timeout | null = null

  /** `host` is what this computer is called there; no other may be called so. */
  constructor(options: { multicast: Pick<Multicast, "send">; host: string }) {
    this.#multicast = options.multicast
    this.#host = options.host
  }

  get isActive(): boolean {
    return this.#announcements.length > 0
  }

  isOwn(id: string): boolean {
    return this.#announcements.some((announcement) => announcement.id === id)
  }

  /** From now on this is shared, and nothing else. */
  async announce(announcements: readonly Announcement[]): Promise<void> {
    const kept = new Set(announcements.map(({ id }) => id))
    const gone = this.#announcements.filter(({ id }) => !kept.has(id))
    this.#announcements = announcements
    if (gone.length > 0)
      await this.#multicast.send(() => ({ type: "response", flags, answers: goodbyesFor(gone) }))
    this.sayTwice()
  }

  /** Somebody asks for something. */
  query(packet: Packet): void {
    if (asksForUs(packet, this.#announcements, this.#host)) void this.#say()
  }

  /** All of it, also when the network is another one. */
  sayTwice(): void {
    if (this.#again !== null) clearTimeout(this.#again)
    this.#again = null
    if (!this.isActive) return
    void this.#say()
    this.#again = setTimeout(() => void this.#say(), againMs)
  }

  /** Says goodbye. */
  async close(): Promise<void> {
    if (this.#again !== null) clearTimeout(this.#again)
    await this.announce([])
  }

  async #say(): Promise<void> {
    // A link with many documents takes several packets: one is to fit into the network's frames.
    for (const part of parts(this.#announcements)) {
      await this.#multicast.send((link) => ({
        type: "response",
        flags,
        answers: answersFor(part, { host: this.#host, addresses: link.addresses }),
      }))
    }
  }
}

/** Authoritative, as every answer of multicast DNS is. */
const flags = 0x0400
/** Some 400 bytes each, of 1,500. */
const announcementsPerPacket = 3

function parts(announcements: readonly Announcement[]): Announcement[][] {
  const found: Announcement[][] = []
  for (let at = 0; at < announcements.length; at += announcementsPerPacket)
    found.push(announcements.slice(at, at + announcementsPerPacket))
  return found
}
