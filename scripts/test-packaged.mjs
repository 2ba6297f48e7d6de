// Packs the app, unpacks the package as a person's machine would, and uses it: `npm run test:packaged`. Linux, where
// .deb and tar.gz can be made without anything but Debian's own tools.
import { inCheckout } from "./lib/checkout.mjs"
import { withVirtualDisplay } from "./lib/display.mjs"
import { becoming, ordinaryUser } from "./lib/ordinary-user.mjs"
import { pinnedNode } from "./lib/pinned-node.mjs"
import { run, runOrFail } from "./lib/run.mjs"
import { exitWith, SentenceError } from "./lib/sentence-error.mjs"
import { setUp } from "./lib/set-up.mjs"
import { ensureSystemPackages } from "./lib/system-packages.mjs"

await exitWith(async () => {
  if (process.platform !== "linux") throw new SentenceError("This test knows the Linux packages only.")
  await setUp("test")
  await ensureSystemPackages("dist")
  await runOrFail(pinnedNode, [inCheckout("scripts/dist.mjs")])
  const user = await ordinaryUser()
  const { uid, gid } = user ?? { uid: process.getuid(), gid: process.getgid() }
  return withVirtualDisplay(user === null ? [] : becoming(user), (display) => {
    const env = { ...process.env, DISPLAY: display, USER_ID: String(uid), GROUP_ID: String(gid) }
    return run(pinnedNode, ["test/run-node-tests.ts", "test/packaged/packaged.test.ts"], { env })
  })
})
