import type { NetworkInterfaceInfo } from "node:os"

export type NetworkInterfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

const loopback = "127.0.0.1"

/** Made by virtual machines, containers and tunnels: other people's computers do not reach us through them. */
const virtualName =
  /^(docker|br-|veth|virbr|vmnet|vboxnet|vnic|tun|tap|utun|wg|zt|ts|tailscale|cni|flannel|cali|podman|lxc|lxd|awdl|llw|bridge)|vethernet|virtual|vmware|hyper-v|wsl|loopback|bluetooth/i
const physicalName = /^(en|eth|wl|wifi|wi-fi|ethernet|wlan|lan)/i

/**
 * The host part of the links that we give out: the address of this computer that others on its network most probably
 * reach, an IPv6 one in brackets. Without any network, the loopback.
 */
export function shareAddress(interfaces: NetworkInterfaces): string {
  let best = { address: loopback, rank: 0 }
  for (const [name, addresses] of Object.entries(interfaces)) {
    for (const info of addresses ?? []) {
      const rank = rankOf(name, info)
      if (rank > best.rank) best = { address: hostPart(info), rank }
    }
  }
  return best.address
}

/** 0: of no use. A real card comes before a virtual one, then a private IPv4 before a public one before IPv6. */
function rankOf(name: string, info: NetworkInterfaceInfo): number {
  if (info.internal) return 0
  const kind = kindOf(info)
  if (kind === 0) return 0
  if (virtualName.test(name)) return kind
  return physicalName.test(name) ? kind + 20 : kind + 10
}

function kindOf(info: NetworkInterfaceInfo): number {
  if (info.family === "IPv6") return /^fe[89ab]/i.test(info.address) ? 0 : 1
  if (info.address.startsWith("169.254.")) return 0
  return isPrivate(info.address) ? 3 : 2
}

function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address)
}

function hostPart(info: NetworkInterfaceInfo): string {
  return info.family === "IPv6" ? `[${info.address}]` : info.address
}
