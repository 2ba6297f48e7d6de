import { defineConfig } from "vite"
import { nodeBundle } from "./vite.config.node.ts"

// A thread's program is a file of its own: beside the server's bundle, which starts it.
export default defineConfig(nodeBundle("sync-server/store/compaction-worker.ts", "compaction-worker.js", []))
