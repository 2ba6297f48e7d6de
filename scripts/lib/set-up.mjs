import { ensureDependencies } from "./dependencies.mjs"
import { ensureElectron } from "./electron.mjs"
import { SentenceError } from "./sentence-error.mjs"
import { ensureSystemPackages } from "./system-packages.mjs"

const oldestNode = [20, 18]

/**
 * Makes sure of everything that a task needs before it can start; quick when it is all there.
 *
 * - `server`: the dependencies
 * - `faults`: and a C compiler, and what makes file systems
 * - `desktop`: and Electron, and the libraries that it loads
 * - `test`: and Xvfb and Chromium, and what `faults` needs
 *
 * @param {"server" | "faults" | "desktop" | "test"} task
 */
export async function setUp(task) {
  refuseOldNode()
  await ensureDependencies()
  if (task === "faults" || task === "test") await ensureSystemPackages("faults")
  if (task === "server" || task === "faults") return
  await ensureElectron()
  await ensureSystemPackages("desktop", ...(task === "test" ? ["test"] : []))
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split(".").map(Number)
  const [oldestMajor, oldestMinor] = oldestNode
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return
  throw new SentenceError(
    `Manyhands needs Node ${oldestNode.join(".")} or newer to set itself up; this is ${process.versions.node}.`,
  )
}
