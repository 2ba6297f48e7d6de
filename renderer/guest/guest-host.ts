import type { HostKind } from "../../protocol/api.ts"

/** The host as people know it: whose computer, when the address is only a number. */
export function hostWords(
  hostname: string,
  { by, hostKind }: { by: string; hostKind: HostKind },
): { name: string; isNumber: boolean } {
  const isNumber = /^(\d+\.\d+\.\d+\.\d+|\[.*\]|localhost)$/.test(hostname)
  if (!isNumber || hostKind === "server") return { name: hostname, isNumber: false }
  return { name: by === "" ? "the host’s computer" : `${by}’s computer`, isNumber }
}
