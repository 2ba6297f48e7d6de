import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** The folder of the checkout, absolute. */
export const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** @param {...string} parts @returns {string} an absolute path inside the checkout */
export function inCheckout(...parts) {
  return join(checkout, ...parts)
}
