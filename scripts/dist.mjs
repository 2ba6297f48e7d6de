// `npm run dist`: builds everything, then the installers for this system, into release/.
import { rm } from "node:fs/promises"
import { inCheckout } from "./lib/checkout.mjs"
import { ensureDependencies } from "./lib/dependencies.mjs"
import { ensureElectron } from "./lib/electron.mjs"
import { planPackaging } from "./lib/packaging-plan.mjs"
import { pinnedNode } from "./lib/pinned-node.mjs"
import { runOrFail } from "./lib/run.mjs"
import { exitWith } from "./lib/sentence-error.mjs"

await exitWith(async () => {
  await ensureDependencies()
  await ensureElectron()
  const plan = await planPackaging()
  await runOrFail(pinnedNode, [inCheckout("scripts/build.mjs")])
  await rm(inCheckout("release"), { recursive: true, force: true })
  const builder = inCheckout("node_modules/electron-builder/cli.js")
  const env = { ...process.env, ...plan.env }
  await runOrFail(pinnedNode, [builder, "--publish", "never", ...plan.options], { env })
  for (const line of plan.notes) console.log(line)
})
