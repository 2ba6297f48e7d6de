import type { HostKind } from "../../protocol/api.ts"

/**
 * The host as people know it: "Mira's computer" for an address that says nothing to a person, else the name itself.
 * `by` is empty when nobody said who invites. A server that is always there is nobody's computer.
 */
export function hostName({
  origin,
  by,
  hostKind,
}: {
  origin: string
  by: string
  hostKind: HostKind
}): string {
  const { hostname } = new URL(origin)
  const isAddress = hostname.startsWith("[") || /^[\d.]+$/.test(hostname)
  const isLocal = !hostname.includes(".") || hostname.endsWith(".local")
  return (isAddress || isLocal) && by !== "" && hostKind === "computer" ? `${by}'s computer` : hostname
}
