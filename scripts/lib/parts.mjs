/**
 * What the build makes: each part with the folder below dist/ that it fills, the files that prove it whole, the
 * folders that it is made from, and its bundles.
 */
export const parts = {
  server: {
    folder: "sync-server",
    outputs: ["index.js", "compaction-worker.cjs"],
    sources: ["protocol", "sync-server"],
    bundles: [
      { entry: "sync-server/index.ts", config: "vite.config.server.ts" },
      { entry: "sync-server/store/compaction-worker.ts", config: "vite.config.compaction.ts" },
    ],
  },
  main: {
    folder: "main",
    outputs: ["index.js", "preload.cjs"],
    sources: ["protocol", "main"],
    bundles: [
      { entry: "main/index.ts", config: "vite.config.main.ts" },
      { entry: "main/preload.ts", config: "vite.config.preload.ts" },
    ],
  },
  renderer: {
    folder: "renderer",
    outputs: ["index.html"],
    sources: ["protocol", "renderer"],
    bundles: [{ entry: "renderer/index.html", config: "vite.config.desktop.ts" }],
  },
  web: {
    folder: "web",
    outputs: ["index.html"],
    sources: ["protocol", "renderer"],
    bundles: [
      { entry: "renderer/web.html", config: "vite.config.web.ts", rename: ["web.html", "index.html"] },
    ],
  },
}
