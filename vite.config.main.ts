import { defineConfig } from "vite"
import { nodeBundle } from "./vite.config.node.ts"

export default defineConfig(nodeBundle("main/index.ts", "index.js", ["electron", "@parcel/watcher"]))
