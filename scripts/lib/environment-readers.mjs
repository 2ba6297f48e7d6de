import { readdir, readFile } from "node:fs/promises"
import { inCheckout } from "./checkout.mjs"

const folders = ["protocol", "sync-server", "main", "renderer"]
const allowed = ["sync-server/index.ts", "main/index.ts"]
const reads = /\bprocess\s*\.\s*env\b|\bprocess\s*\[\s*["']env["']|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/

/**
 * The environment is read once, at the edge, and handed on as parsed configuration.
 *
 * @returns {Promise<string[]>} a line for each place that reads it elsewhere
 */
export async function environmentReaders() {
  const found = []
  for (const path of await sources()) {
    const lines = (await readFile(inCheckout(path), "utf8")).split("\n")
    for (const [index, line] of lines.entries()) {
      if (reads.test(line)) found.push(`${path}:${index + 1}: reads process.env: ${line.trim()}`)
    }
  }
  return found
}

async function sources() {
  const found = []
  for (const folder of folders) {
    const names = await readdir(inCheckout(folder), { recursive: true })
    found.push(...names.map((name) => `${folder}/${name.replaceAll("\\", "/")}`))
  }
  return found.filter((path) => /\.tsx?$/.test(path) && !allowed.includes(path))
}
