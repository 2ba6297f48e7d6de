import { readFileSync } from "node:fs"
import { defineConfig } from "vite"
import { z } from "zod"
import { nodeBundle } from "./vite.config.node.ts"

const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync("package.json", "utf8")))

export default defineConfig({
  // The two hold native code and find it beside themselves.
  ...nodeBundle("sync-server/index.ts", "index.js", ["lmdb", "@parcel/watcher"], { splits: true }),
  define: { __APP_VERSION__: JSON.stringify(version) },
})
