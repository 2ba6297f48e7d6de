import type { Packet } from "dns-packet"
import { AppError } from "../../protocol/errors.ts"
import { formatInviteLink } from "../../protocol/invite.ts"
import type { NearbyEntry, NearbyView } from "../../protocol/ipc.ts"
import { parseRoomName } from "../../protocol/room-name.ts"
import type { Log } from "../log.ts"
import type { NetworkInterfaces } from "../network-address.ts"
import { Announcer } from "./announcer.ts"
import { type Announcement, roomDigest } from "./dns-sd.ts"
import { type Door, knock, knowsRoom, waitForAnswer, withdraw } from "./host-door.ts"
import { Looker, type Seen } from "./looker.ts"
import { Multicast } from "./multicast.ts"

export interface NearbyOptions {
  /** What this computer is called on the network; no other may be called so. */
  host: string
  interfaces(): NetworkInterfaces
  /** The only address to be on; null: all but the loopback. */
  only: string | null
  person(): { name: string; peer: number }
  /** The rooms of all links by which something was joined. */
  joinedRooms(): Promise<string[]>
  /** Whether the window of a room that was joined can be opened without a link. */
  canReopen(room: string): boolean
  reopen(room: string): Promise<void>
  join(link: string): Promise<void>
  /** The host of a joined room is to be found here now. Whether our invite is good there. */
  moved(room: string, origin: string): Promise<boolean>
  changed(view: NearbyView): void
  log: Log
}

interface Asking {
  state: "asking" | "declined" | "silent"
  owner: AbortController
}

/** What people on the same network share, and what is shown of ours. Nothing is said or heard until one of them is wanted. */
export class Nearby {
  readonly #options: NearbyOptions
  readonly #multicast: Multicast
  readonly #announcer: Announcer
  readonly #looker: Looker
  readonly #asking = new Map<string, Asking>()
  /** Rooms that we were in before, by what is shared nearby, and where their host was when it was last recognised. */
  readonly #known = new Map<string, { room: string; origin: string; isInvited: boolean }>()
  #shown = ""

  constructor(options: NearbyOptions) {
    this.#options = options
    this.#multicast = new Multicast({
      interfaces: options.interfaces,
      only: options.only,
      received: (packet, from) => this.#receive(packet, from),
      linked: () => {
        this.#announcer.sayTwice()
        this.#looker.again()
      },
      log: options.log,
    })
    this.#announcer = new Announcer({ multicast: this.#multicast, host: `manyhands-${options.host}.local` })
    this.#looker = new Looker({
      multicast: this.#multicast,
      isOwn: (id) => this.#announcer.isOwn(id),
      changed: () => this.#changed(),
    })
  }

  get view(): NearbyView {
    return { isLooking: this.#looker.isLooking, entries: this.#looker.seen.map((seen) => this.#entry(seen)) }
  }

  /** From now on this is shown to people nearby, and nothing else. */
  async announce(announcements: readonly Announcement[]): Promise<void> {
    if (announcements.length > 0) this.#multicast.open()
    await this.#announcer.announce(announcements)
    this.#closeUnused()
  }

  look(isWanted: boolean): void {
    if (isWanted) {
      this.#multicast.open()
      this.#looker.start()
    } else {
      this.#looker.stop()
      this.#closeUnused()
    }
    this.#tell()
  }

  /** Asks its host, or opens what one was in before. @throws AppError HOST_UNREACHABLE when it has gone */
  async join(id: string): Promise<void> {
    const seen = this.#looker.seen.find(({ service }) => service.id === id)
    if (seen === undefined) throw new AppError("HOST_UNREACHABLE", "This is not shared nearby any more.")
    const known = this.#known.get(id)
    if (known?.isInvited === true && this.#options.canReopen(known.room))
      await this.#options.reopen(known.room)
    else this.#ask(id, seen.door)
  }

  stopAsking(id: string): void {
    this.#asking.get(id)?.owner.abort()
    this.#asking.delete(id)
    this.#tell()
  }

  /** Says goodbye. */
  async close(): Promise<void> {
    for (const id of [...this.#asking.keys()]) this.stopAsking(id)
    this.#looker.stop()
    await this.#announcer.close()
    this.#multicast.close()
  }

  #receive(packet: Packet, from: string): void {
    if (packet.type === "query") this.#announcer.query(packet)
    else this.#looker.response(packet, from)
  }

  #closeUnused(): void {
    if (!this.#announcer.isActive && !this.#looker.isLooking) this.#multicast.close()
  }

  #entry({ service, session }: Seen): NearbyEntry {
    const { id } = service
    const { title, by, kind, people } = session
    const asking = this.#asking.get(id)?.state ?? null
    const known = this.#known.get(id)
    const isKnown = known?.isInvited === true && this.#options.canReopen(known.room)
    return { id, title, by, kind, people, state: asking ?? (isKnown ? "known" : "ask") }
  }

  #ask(id: string, door: Door): void {
    if (this.#asking.get(id)?.state === "asking") return
    const owner = new AbortController()
    this.#asking.set(id, { state: "asking", owner })
    this.#tell()
    void this.#waitAtDoor(id, door, owner)
  }

  async #waitAtDoor(id: string, door: Door, owner: AbortController): Promise<void> {
    const secret = await knock(door, this.#options.person())
    const answer = secret === null ? null : await waitForAnswer(door, secret, owner.signal)
    if (owner.signal.aborted) {
      if (secret !== null) await withdraw(door, secret)
      return
    }
    if (answer?.state !== "admitted") {
      this.#asking.set(id, { state: answer?.state === "declined" ? "declined" : "silent", owner })
      this.#tell()
      return
    }
    this.#asking.delete(id)
    this.#tell()
    try {
      const { room, token } = answer
      await this.#options.join(formatInviteLink({ origin: door.origin, room: parseRoomName(room), token }))
    } catch (error) {
      this.#options.log.warn("nearby-not-joined", { error })
      this.#asking.set(id, { state: "silent", owner })
      this.#tell()
    }
  }

  #changed(): void {
    this.#tell()
    this.#recognise().catch((error: unknown) => this.#options.log.warn("nearby-not-recognised", { error }))
  }

  /** Finds those in which one was before, wherever their host is now. */
  async #recognise(): Promise<void> {
    const strangers = this.#looker.seen.filter(
      ({ service, door }) => this.#known.get(service.id)?.origin !== door.origin,
    )
    if (strangers.length === 0) return
    const rooms = new Map((await this.#options.joinedRooms()).map((room) => [roomDigest(room), room]))
    for (const { service, door } of strangers) {
      const room = rooms.get(service.roomDigest)
      // Whoever says that they have it must know its name before they are told anything.
      if (room === undefined || !(await knowsRoom(door, room))) continue
      // Somebody may have taken over from a host that has gone; then they have to let us in again.
      const isInvited = await this.#options.moved(room, door.origin)
      this.#known.set(service.id, { room, origin: door.origin, isInvited })
      this.#tell()
    }
  }

  #tell(): void {
    const { view } = this
    const shown = JSON.stringify(view)
    if (shown === this.#shown) return
    this.#shown = shown
    this.#options.changed(view)
  }
}
