import { inCheckout } from "./checkout.mjs"

/** The Node that package.json pins. It runs everything that needs node_modules; it is there once they are. */
export const pinnedNode = inCheckout(
  "node_modules/node/bin",
  process.platform === "win32" ? "node.exe" : "node",
)
