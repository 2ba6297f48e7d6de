import { readFile } from "node:fs/promises"
import { inCheckout } from "./checkout.mjs"

/**
 * @param {readonly string[]} files workflows, relative to the checkout
 * @returns {Promise<string[]>} a line for each npm script that a workflow runs and package.json does not have
 */
export async function unknownScripts(files) {
  const { scripts } = JSON.parse(await readFile(inCheckout("package.json"), "utf8"))
  const found = []
  for (const file of files) {
    const text = await readFile(inCheckout(file), "utf8")
    for (const [, run, short] of text.matchAll(/\bnpm (?:run(?:-script)? ([\w:.-]+)|(test|start)\b)/g)) {
      const name = run ?? short
      if (!Object.hasOwn(scripts, name)) found.push(`${file}: there is no npm script "${name}"`)
    }
  }
  return found
}
