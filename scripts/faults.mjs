// `npm run faults [-- --rounds N --seed N]`: kills the server with SIGKILL under load, far more often than the tests do.
import { buildStale } from "./lib/build-part.mjs"
import { inCheckout } from "./lib/checkout.mjs"
import { pinnedNode } from "./lib/pinned-node.mjs"
import { run } from "./lib/run.mjs"
import { exitWith } from "./lib/sentence-error.mjs"
import { setUp } from "./lib/set-up.mjs"

await exitWith(async () => {
  await setUp("server")
  await buildStale(["server"])
  return run(pinnedNode, [inCheckout("test/faults/command.ts"), ...process.argv.slice(2)])
})
