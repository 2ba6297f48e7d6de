// `npm run faults -- NAME [--rounds N] [--seed N]`: one kind of fault, far longer than the tests have time for. NAME is one of
// kill, kill-compaction, power-cut, full-disk, io-error, hang, clock, mirror, frames.
import { buildStale } from "./lib/build-part.mjs"
import { inCheckout } from "./lib/checkout.mjs"
import { pinnedNode } from "./lib/pinned-node.mjs"
import { run } from "./lib/run.mjs"
import { exitWith } from "./lib/sentence-error.mjs"
import { setUp } from "./lib/set-up.mjs"

await exitWith(async () => {
  await setUp("faults")
  await buildStale(["server"])
  return run(pinnedNode, [inCheckout("test/faults/command.ts"), ...process.argv.slice(2)])
})
