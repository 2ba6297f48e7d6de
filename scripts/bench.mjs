// `npm run bench [-- NAME]`: builds the server and the app and measures them beside their peers.
import { buildStale } from "./lib/build-part.mjs"
import { inCheckout } from "./lib/checkout.mjs"
import { pinnedNode } from "./lib/pinned-node.mjs"
import { run } from "./lib/run.mjs"
import { exitWith } from "./lib/sentence-error.mjs"
import { setUp } from "./lib/set-up.mjs"

await exitWith(async () => {
  await setUp("server")
  await buildStale(["server", "web", "main", "renderer"])
  return run(pinnedNode, [inCheckout("bench/index.ts"), ...process.argv.slice(2)])
})
