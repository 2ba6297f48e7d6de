import { existsSync } from "node:fs"
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { inCheckout } from "./checkout.mjs"
import { fingerprint } from "./fingerprint.mjs"
import { parts } from "./parts.mjs"
import { pinnedNode } from "./pinned-node.mjs"
import { runOrFail } from "./run.mjs"
import { SentenceError } from "./sentence-error.mjs"

const stamps = inCheckout("dist/.built")

/**
 * Builds those of the named parts whose sources have changed since they were last built.
 *
 * @param {readonly (keyof typeof parts)[]} names
 */
export async function buildStale(names) {
  for (const name of names) {
    const sources = await fingerprint(parts[name].sources)
    if (await isBuiltFrom(name, sources)) continue
    await build(name)
    await mkdir(stamps, { recursive: true })
    await writeFile(join(stamps, name), sources)
  }
}

async function isBuiltFrom(name, sources) {
  const { folder, outputs } = parts[name]
  if (!outputs.every((output) => existsSync(inCheckout("dist", folder, output)))) return false
  const stamp = join(stamps, name)
  return existsSync(stamp) && (await readFile(stamp, "utf8")) === sources
}

/** Builds into a folder beside the final one and swaps them: nobody ever runs half a build. */
async function build(name) {
  const { folder, outputs, bundles } = parts[name]
  console.error(`Building ${name} into dist/${folder}`)
  const fresh = inCheckout("dist", `.${folder}-${process.pid}`)
  await mkdir(fresh, { recursive: true })
  try {
    for (const bundle of bundles) await makeBundle(bundle, fresh)
    const absent = outputs.filter((output) => !existsSync(join(fresh, output)))
    if (absent.length > 0) throw new SentenceError(`The build of ${name} made no ${absent.join(", ")}.`)
    await swapIn(fresh, inCheckout("dist", folder))
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

async function makeBundle({ entry, config, rename: renamed }, folder) {
  if (!existsSync(inCheckout(entry))) throw new SentenceError(`Cannot build: there is no ${entry}.`)
  const vite = inCheckout("node_modules/vite/bin/vite.js")
  const args = ["build", "--config", config, "--outDir", folder, "--logLevel", "warn"]
  await runOrFail(pinnedNode, [vite, ...args], { stdio: ["ignore", 2, 2] })
  if (renamed) await rename(join(folder, renamed[0]), join(folder, renamed[1]))
}

async function swapIn(fresh, final) {
  const old = `${fresh}-old`
  if (existsSync(final)) await rename(final, old)
  await rename(fresh, final)
  await rm(old, { recursive: true, force: true })
}
