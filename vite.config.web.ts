import { defineConfig } from "vite"
import { page } from "./vite.config.page.ts"

// A guest comes with the browser that is there; this is about two years back.
export default defineConfig(page("web.html", ["chrome120", "edge120", "firefox121", "safari17"]))
