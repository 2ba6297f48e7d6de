import react from "@vitejs/plugin-react"
import type { UserConfig } from "vite"
import { oneYjs } from "./vite.config.node.ts"

/** What the two builds of the user interface have in common. Chromium 130 is what Electron 33 shows pages with. */
export function page(html: string, target: string[]): UserConfig {
  return {
    root: "renderer",
    // Relative, so that the pages work under app://manyhands/ and behind a proxy that adds a path.
    base: "./",
    plugins: [react(), oneYjs()],
    resolve: { dedupe: ["yjs", "lib0", "y-protocols", "@codemirror/state", "@codemirror/view"] },
    build: {
      target,
      // scripts/build.mjs starts every build in an empty folder.
      emptyOutDir: false,
      sourcemap: true,
      license: { fileName: "licences.md" },
      // The content security policy allows no inline script, and no data: font.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 2_000,
      rolldownOptions: { input: `renderer/${html}` },
    },
  }
}
