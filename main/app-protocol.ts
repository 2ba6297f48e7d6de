import { readFile } from "node:fs/promises"
import { extname } from "node:path"
import { protocol, type Session } from "electron"
import { filePath } from "./app-url.ts"

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self' ws://127.0.0.1:*",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ")

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
}

const headers = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-cache",
}

/** Must run before Electron's `ready`. */
export function registerAppScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, codeCache: true }
  protocol.registerSchemesAsPrivileged([{ scheme: "app", privileges }])
}

/** Serves the files of one folder to the windows of the session, and nothing else. */
export function serveApp(session: Session, folder: string): void {
  session.protocol.handle("app", async (request) => {
    const path = request.method === "GET" ? filePath(folder, request.url) : null
    if (path === null) return new Response("Not here", { status: 404, headers })
    try {
      const content = await readFile(path)
      const type = contentTypes[extname(path)] ?? "application/octet-stream"
      return new Response(new Uint8Array(content), { headers: { ...headers, "content-type": type } })
    } catch {
      return new Response("Not here", { status: 404, headers })
    }
  })
}
