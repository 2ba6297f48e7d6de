import { defineConfig, mergeConfig } from "vite"
import { nodeBundle } from "./vite.config.node.ts"

// A sandboxed preload is CommonJS, one file, and may require Electron's own few modules only.
export default defineConfig(
  mergeConfig(nodeBundle("main/preload.ts", "preload.cjs", ["electron"]), {
    build: { rolldownOptions: { output: { format: "cjs" } } },
  }),
)
