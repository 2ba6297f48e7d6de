/** The host of a server's URL: this machine's name where the server listens everywhere, and brackets for IPv6. */
export function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost"
  return host.includes(":") ? `[${host}]` : host
}
