import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { createServer } from "vite"

export interface HarnessServer {
  /** The address of the page. */
  url: string
  close(): Promise<void>
}

/** Serves the page of editors, built from the sources as they are. */
export async function serveHarness(): Promise<HarnessServer> {
  const cacheDir = await mkdtemp(join(tmpdir(), "manyhands-harness-"))
  const server = await createServer({
    configFile: false,
    root: resolve(import.meta.dirname, "../../.."),
    cacheDir,
    logLevel: "error",
    resolve: { dedupe: ["yjs", "lib0", "y-protocols", "@codemirror/state", "@codemirror/view"] },
    optimizeDeps: { entries: ["test/browser/harness/harness.ts"] },
    // Nothing is edited while tests run; watching the whole checkout is slow.
    server: { host: "127.0.0.1", port: 0, hmr: false, watch: null },
  })
  await server.listen()
  const [base] = server.resolvedUrls?.local ?? []
  if (base === undefined) throw new Error("The harness has no address")
  return {
    url: new URL("test/browser/harness/index.html", base).href,
    async close() {
      await server.close()
      await rm(cacheDir, { recursive: true, force: true })
    },
  }
}
