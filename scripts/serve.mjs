// `npm run serve [-- ARGUMENTS]`: builds if needed and runs the sync server in the foreground. Its arguments, such as
// `invite --role editor`, and its exit code are passed on.
import { buildStale } from "./lib/build-part.mjs"
import { inCheckout } from "./lib/checkout.mjs"
import { pinnedNode } from "./lib/pinned-node.mjs"
import { runAlone } from "./lib/run-alone.mjs"
import { exitWith } from "./lib/sentence-error.mjs"
import { setUp } from "./lib/set-up.mjs"

await exitWith(async () => {
  await setUp("server")
  await buildStale(["server", "web"])
  return runAlone(pinnedNode, [inCheckout("dist/sync-server/index.js"), ...process.argv.slice(2)])
})
