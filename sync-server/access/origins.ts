/**
 * Whether a browser page of this origin may connect. A request without an Origin comes from no browser and is judged
 * by its token alone. Same origin means the same host and port as the request itself was sent to.
 */
export function originAllowed(
  request: { origin: string | undefined; host: string | undefined },
  allowed: readonly string[],
): boolean {
  const { origin, host } = request
  if (origin === undefined) return true
  if (allowed.includes("*") || allowed.includes(origin)) return true
  if (host === undefined || !URL.canParse(origin)) return false
  return new URL(origin).host === host
}
