import { execFileSync, spawnSync } from "node:child_process"

/** Addresses of the two ends. */
const addresses = { host: "10.77.31.1", joiner: "10.77.31.2" } as const
export type Side = keyof typeof addresses

/**
 * Two computers on one cable: network namespaces with a pair of virtual cards. The cable loses packets, or is pulled out. Only root may
 * make them.
 */
export class Namespaces {
  readonly #names: Record<Side, string>

  constructor(mark: string) {
    this.#names = { host: `mh-host-${mark}`, joiner: `mh-join-${mark}` }
    const { host, joiner } = this.#names
    for (const name of [host, joiner]) ip("netns", "add", name)
    ip("link", "add", "cable", "netns", host, "type", "veth", "peer", "name", "cable", "netns", joiner)
    for (const side of ["host", "joiner"] as const) {
      this.#in(side, "ip", "addr", "add", `${addresses[side]}/24`, "dev", "cable")
      this.#in(side, "ip", "link", "set", "cable", "up")
      this.#in(side, "ip", "link", "set", "lo", "up")
      this.#in(side, "nft", "add", "table", "inet", "weather")
      this.#in(side, "nft", "add", "chain", "inet", "weather", "in", "{ type filter hook input priority 0; }")
    }
  }

  addressOf(side: Side): string {
    return addresses[side]
  }

  /** The words before a command that run it there. */
  prefix(side: Side): string[] {
    return ["ip", "netns", "exec", this.#names[side]]
  }

  /** So many packets of a hundred are lost, each way. */
  lose(percent: number): void {
    for (const side of ["host", "joiner"] as const) {
      this.#in(side, "nft", "flush", "chain", "inet", "weather", "in")
      const rule = `iifname "cable" numgen random mod 100 < ${percent} drop`
      if (percent > 0) this.#in(side, "nft", "add", "rule", "inet", "weather", "in", rule)
    }
  }

  /** The cable is pulled out: nothing arrives, and nobody is told. */
  pull(): void {
    this.#in("host", "ip", "link", "set", "cable", "down")
  }

  heal(): void {
    this.lose(0)
    this.#in("host", "ip", "link", "set", "cable", "up")
  }

  remove(): void {
    // With the namespaces go the cards and the rules.
    for (const name of Object.values(this.#names)) spawnSync("ip", ["netns", "del", name])
  }

  #in(side: Side, program: string, ...words: string[]): void {
    ip("netns", "exec", this.#names[side], program, ...words)
  }
}

/** Whether this machine lets us make them: as root, with `ip` and `nft`, and where no sandbox forbids it. */
export function canMakeNamespaces(): boolean {
  const probe = `mh-probe-${process.pid}`
  const isMade = spawnSync("ip", ["netns", "add", probe]).status === 0
  if (!isMade) return false
  const hasRules = spawnSync("ip", ["netns", "exec", probe, "nft", "list", "ruleset"]).status === 0
  spawnSync("ip", ["netns", "del", probe])
  return hasRules
}

function ip(...words: string[]): void {
  execFileSync("ip", words, { stdio: ["ignore", "ignore", "pipe"] })
}
