import { defineConfig } from "vite"
import { page } from "./vite.config.page.ts"

export default defineConfig(page("index.html", ["chrome130"]))
