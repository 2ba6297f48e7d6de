import { defineConfig, mergeConfig } from "vite"
import { nodeBundle } from "./vite.config.node.ts"

// A file of its own beside the server's bundle, which reads it and starts a thread from the text: that is CommonJS.
export default defineConfig(
  mergeConfig(nodeBundle("sync-server/store/compaction-worker.ts", "compaction-worker.cjs", []), {
    build: { rolldownOptions: { output: { format: "cjs" } } },
  }),
)
