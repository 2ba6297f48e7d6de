import { open, rename, rm } from "node:fs/promises"
import { dirname } from "node:path"

/**
 * Replaces a file so that after a crash or a power cut either the old or the new text is there, whole. Only one call
 * at a time may be under way for a path.
 */
export async function writeDurably(path: string, text: string): Promise<void> {
  const fresh = `${path}.tmp`
  try {
    const file = await open(fresh, "w", 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, path)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** Makes the rename itself durable. Windows has no such call, and its file system does it by itself. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return
  const folder = await open(path, "r")
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
