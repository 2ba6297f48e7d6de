import { defineConfig } from "vite"
import { nodeBundle } from "./vite.config.node.ts"

// The two hold native code and find it beside themselves.
export default defineConfig(nodeBundle("sync-server/index.ts", "index.js", ["lmdb", "@parcel/watcher"]))
