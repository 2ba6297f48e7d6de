import { createSocket, type RemoteInfo, type Socket } from "node:dgram"
import type { NetworkInterfaceInfo } from "node:os"
import { decode, encode, type Packet } from "dns-packet"
import type { Log } from "../log.ts"
import type { NetworkInterfaces } from "../network-address.ts"

const port = 5353
const groups = { IPv4: "224.0.0.251", IPv6: "ff02::fb" } as const
/** Addresses come and go with cables, networks and sleep; no system tells all of it, so it is looked, in milliseconds. */
const lookEvery = 3_000

/** One family of one network interface. */
export interface Link {
  name: string
  family: "IPv4" | "IPv6"
  /** By which the system knows the interface. */
  address: string
  /** All that others on this link reach us by. */
  addresses: string[]
}

export interface MulticastOptions {
  interfaces(): NetworkInterfaces
  /** The only address to be on; null: all but the loopback. */
  only: string | null
  received(packet: Packet, from: string): void
  /** There is a new link, or one has other addresses. */
  linked(): void
  log: Log
}

interface Member {
  link: Link
  socket: Socket
}

/** Multicast DNS on every network that this computer is in, for as long as it is open. */
export class Multicast {
  readonly #options: MulticastOptions
  readonly #members = new Map<string, Member>()
  #timer: NodeJS.Timeout | null = null

  constructor(options: MulticastOptions) {
    this.#options = options
  }

  open(): void {
    if (this.#timer !== null) return
    this.#timer = setInterval(() => this.#look(), lookEvery)
    this.#look()
  }

  /** Sends on every link what `packetFor` says for it; null: nothing. Resolves when all is on its way. */
  async send(packetFor: (link: Link) => Packet | null): Promise<void> {
    await Promise.all(
      [...this.#members.values()].map((member) => this.#sendOn(member, packetFor(member.link))),
    )
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    for (const key of [...this.#members.keys()]) this.#leave(key)
  }

  #look(): void {
    const links = linksOf(this.#options.interfaces(), this.#options.only)
    const wanted = new Map(links.map((link) => [JSON.stringify(link), link]))
    for (const key of [...this.#members.keys()]) if (!wanted.has(key)) this.#leave(key)
    for (const [key, link] of wanted) if (!this.#members.has(key)) this.#join(key, link)
  }

  #join(key: string, link: Link): void {
    const socket = createSocket({ type: link.family === "IPv4" ? "udp4" : "udp6", reuseAddr: true })
    this.#members.set(key, { link, socket })
    socket.on("error", (error) => {
      this.#options.log.warn("multicast-failed", { interface: link.name, family: link.family, error })
      // Tried again at the next look.
      if (this.#members.get(key)?.socket === socket) this.#leave(key)
    })
    socket.on("message", (message, from) => this.#receive(message, from))
    socket.bind(port, () => {
      try {
        const at = link.family === "IPv4" ? link.address : `::%${link.name}`
        socket.addMembership(groups[link.family], at)
        socket.setMulticastInterface(at)
        socket.setMulticastTTL(255)
        socket.setMulticastLoopback(true)
        this.#options.linked()
      } catch (error) {
        this.#options.log.warn("multicast-failed", { interface: link.name, family: link.family, error })
      }
    })
  }

  #leave(key: string): void {
    const member = this.#members.get(key)
    this.#members.delete(key)
    try {
      member?.socket.close()
    } catch (error) {
      this.#options.log.warn("multicast-not-closed", { error })
    }
  }

  #sendOn({ link, socket }: Member, packet: Packet | null): Promise<void> {
    if (packet === null) return Promise.resolve()
    const bytes = encode(packet)
    return new Promise((resolve) => {
      try {
        // An error is a network that has just gone: the next look sees it.
        socket.send(bytes, port, groups[link.family], () => resolve())
      } catch {
        resolve() // the socket was closed meanwhile, with its network
      }
    })
  }

  #receive(message: Buffer, { address }: RemoteInfo): void {
    let packet: Packet
    try {
      packet = decode(message)
    } catch {
      return // anybody may send anything to the group
    }
    this.#options.received(packet, address)
  }
}

export function linksOf(interfaces: NetworkInterfaces, only: string | null): Link[] {
  const links: Link[] = []
  for (const [name, infos] of Object.entries(interfaces)) {
    const usable = (infos ?? []).filter((info) => (only === null ? !info.internal : info.address === only))
    // Each address is said on both families: some networks let only one of them through.
    const addresses = usable.map(({ address }) => address).filter((address) => !isLinkLocal(address))
    const v4 = usable.find(isIPv4)
    const v6 = usable.find((info) => !isIPv4(info))
    if (v4 !== undefined) links.push({ name, family: "IPv4", address: v4.address, addresses })
    if (v6 !== undefined && only === null)
      links.push({ name, family: "IPv6", address: v6.address, addresses })
  }
  return links
}

function isIPv4({ family }: NetworkInterfaceInfo): boolean {
  return family === "IPv4"
}

function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address)
}
