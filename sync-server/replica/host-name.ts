/**
 * The host as people know it: "Mira's computer" for an address that says nothing to a person, else the name itself.
 * `by` is empty when nobody said who invites.
 */
export function hostName(origin: string, by: string): string {
  const { hostname } = new URL(origin)
  const isAddress = hostname.startsWith("[") || /^[\d.]+$/.test(hostname)
  const isLocal = !hostname.includes(".") || hostname.endsWith(".local")
  return (isAddress || isLocal) && by !== "" ? `${by}'s computer` : hostname
}
