/** The host as people know it: whose computer, when the address is only a number. */
export function hostWords(hostname: string, by: string): { name: string; isNumber: boolean } {
  const isNumber = /^(\d+\.\d+\.\d+\.\d+|\[.*\]|localhost)$/.test(hostname)
  if (!isNumber) return { name: hostname, isNumber }
  return { name: by === "" ? "the host’s computer" : `${by}’s computer`, isNumber }
}
