import { rm } from "node:fs/promises"
import { join } from "node:path"

/**
 * electron-builder's hook: runs on the unpacked app, before fuses are set and installers are made from it.
 *
 * Electron's own default app has no business in a product, and would be a second thing to start.
 */
export default async function afterPack({ appOutDir, packager }) {
  await rm(join(packager.getResourcesDir(appOutDir), "default_app.asar"), { force: true })
}
