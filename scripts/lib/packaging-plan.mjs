import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { inCheckout } from "./checkout.mjs"
import { findProgram } from "./find-program.mjs"
import { SentenceError } from "./sentence-error.mjs"
import { ensureSystemPackages } from "./system-packages.mjs"

const leftToCi = [
  "Left to CI: AppImage (its run-time part comes from GitHub, which this machine cannot reach),",
  "            dmg and zip (only macOS makes them), nsis (only Windows does here).",
]

/**
 * What electron-builder is asked for on this machine.
 *
 * With the official Electron that is everything electron-builder.yml names for this system. Where only the substitute
 * could be had, electron-builder could not fetch its own tools either: then it is what Debian's tools can make.
 *
 * @returns {Promise<{ options: string[], env: Record<string, string>, notes: string[] }>}
 */
export async function planPackaging() {
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH || inCheckout("node_modules/electron/dist")
  const version = await electronVersionIn(folder)
  const { version: official } = JSON.parse(
    await readFile(inCheckout("node_modules/electron/package.json"), "utf8"),
  )
  if (version === official) return { options: [], env: {}, notes: ["The installers are in release/."] }
  const tools = await debianTools()
  const targets = tools.filter((tool) => tool.path !== null)
  return {
    options: [
      "--linux",
      ...(targets.length > 0 ? targets.map((tool) => tool.target) : ["dir"]),
      `-c.electronDist=${folder}`,
      `-c.electronVersion=${version}`,
      // Quick to make rather than small: these are for trying out.
      "-c.deb.compression=gz",
    ],
    env: {
      ELECTRON_BUILDER_COMPRESSION_LEVEL: "1",
      ...Object.fromEntries(targets.map((tool) => [tool.variable, tool.path])),
    },
    notes: [
      `Built on Electron ${version}, for trying out. CI builds what is given away, on Electron ${official}.`,
      `In release/: linux-unpacked${targets.map((tool) => `, ${tool.target}`).join("")}.`,
      ...tools
        .filter((tool) => tool.path === null)
        .map((tool) => `No ${tool.target}: ${tool.program} is missing.`),
      ...leftToCi,
    ],
  }
}

async function electronVersionIn(folder) {
  try {
    return (await readFile(join(folder, "version"), "utf8")).trim().replace(/^v/, "")
  } catch (error) {
    throw new SentenceError(`There is no Electron in ${folder}: ${error.message}`)
  }
}

/** The targets that Debian's own tools can stand in for, and where each tool is, null if it is not here. */
async function debianTools() {
  // Without root they may be missing; the plan then goes without them and says so.
  if (process.getuid?.() === 0) await ensureSystemPackages("dist")
  const hasDpkg = findProgram("dpkg-deb") !== null
  return [
    { target: "tar.gz", program: "7za", variable: "ELECTRON_BUILDER_7ZIP_PATH", path: findProgram("7za") },
    {
      target: "deb",
      program: "dpkg-deb",
      variable: "CUSTOM_FPM_PATH",
      path: hasDpkg ? inCheckout("scripts/lib/packaging-fpm.mjs") : null,
    },
  ]
}
