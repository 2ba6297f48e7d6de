import { homedir } from "node:os"
import { join } from "node:path"

/**
 * Where downloads are kept between checkouts: MANYHANDS_CACHE, or the system's usual place. Root's own home is closed
 * to everybody else, and the tests run as an ordinary user, hence /var/cache for root.
 */
export function cacheFolder() {
  if (process.env.MANYHANDS_CACHE) return process.env.MANYHANDS_CACHE
  if (process.getuid?.() === 0) return "/var/cache/manyhands"
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "manyhands")
}
