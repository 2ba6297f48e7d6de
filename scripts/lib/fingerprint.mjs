import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { inCheckout } from "./checkout.mjs"

/**
 * A digest of the content of everything below the given folders, and of every file that says how to build:
 * the same sources give the same digest in every checkout.
 *
 * @param {readonly string[]} folders relative to the checkout
 * @returns {Promise<string>}
 */
export async function fingerprint(folders) {
  const hash = createHash("sha256")
  for (const path of [...(await configuration()), ...(await filesBelow(folders))]) {
    const content = await readFile(inCheckout(path))
    hash.update(`${path}\0${content.length}\0`).update(content)
  }
  return hash.digest("hex")
}

async function configuration() {
  const names = await readdir(inCheckout())
  const wanted = /^(vite\.config\..*|tsconfig.*|package(-lock)?\.json)$/
  return [...names.filter((name) => wanted.test(name)).sort(), "scripts/lib/parts.mjs"]
}

async function filesBelow(folders) {
  const found = []
  for (const folder of folders) {
    const entries = await readdir(inCheckout(folder), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    found.push(
      ...files.map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.replaceAll("\\", "/")),
    )
  }
  const start = `${inCheckout()}/`.replaceAll("\\", "/").length
  return found.map((path) => path.slice(start)).sort()
}
