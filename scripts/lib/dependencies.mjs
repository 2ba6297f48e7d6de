import { readFile } from "node:fs/promises"
import { inCheckout } from "./checkout.mjs"
import { isExecutable } from "./find-program.mjs"
import { pinnedNode } from "./pinned-node.mjs"
import { run } from "./run.mjs"
import { SentenceError } from "./sentence-error.mjs"

/**
 * Makes node_modules agree with package-lock.json, by `npm ci` if they do not. What set-up has to say goes to stderr:
 * stdout belongs to the command that is being set up.
 */
export async function ensureDependencies() {
  if (await dependenciesAgree()) return
  console.error("Installing the dependencies (npm ci)")
  // Its warnings are about the Node that runs npm; everything else here runs on the pinned one.
  const options = ["--no-audit", "--no-fund", "--loglevel=error"]
  const code = await npm(["ci", ...options], { stdio: ["ignore", 2, 2] })
  if (code !== 0) throw new SentenceError("npm ci failed: what it said above tells why.")
  if (!isExecutable(pinnedNode)) {
    throw new SentenceError(
      "npm ci did not install the pinned Node: are install scripts switched off (ignore-scripts)?",
    )
  }
}

/**
 * Runs the npm that is running us, or the one on the PATH.
 *
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 */
export function npm(args, options) {
  const { npm_execpath: script, npm_node_execpath: node } = process.env
  // npm_execpath may be yarn's or pnpm's; those read no package-lock.json.
  if (script?.endsWith("npm-cli.js")) return run(node ?? process.execPath, [script, ...args], options)
  const windows = process.platform === "win32"
  return run(windows ? "npm.cmd" : "npm", args, { shell: windows, ...options })
}

/**
 * Compares what npm recorded that it installed with the lock. File times would not do: a checkout of another branch
 * and back touches the lock without changing it. A package too many does no harm.
 */
async function dependenciesAgree() {
  if (!isExecutable(pinnedNode)) return false
  const wanted = await packagesOf(inCheckout("package-lock.json"))
  const installed = await packagesOf(inCheckout("node_modules/.package-lock.json"))
  if (wanted === null) throw new SentenceError("There is no package-lock.json: this is not a whole checkout.")
  if (installed === null) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true
    const found = installed[path]
    if (found === undefined) return Boolean(entry.optional || entry.devOptional)
    return found.version === entry.version && found.integrity === entry.integrity
  })
}

/** @param {string} lock @returns {Promise<Record<string, any> | null>} null if there is no such file */
async function packagesOf(lock) {
  try {
    return JSON.parse(await readFile(lock, "utf8")).packages
  } catch (error) {
    if (error.code === "ENOENT") return null
    throw error
  }
}
