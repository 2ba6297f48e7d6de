import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Logger, pino } from "pino"
import { onTestFinished } from "vitest"
import type { HostKind } from "../../../protocol/api.ts"
import type { Role } from "../../../protocol/role.ts"
import { readConfig } from "../../../sync-server/config.ts"
import type { IdleTiming } from "../../../sync-server/idle-collection.ts"
import type { Store } from "../../../sync-server/store/store.ts"
import type { ConnectionTiming } from "../../../sync-server/sync/connections.ts"
import { type ServerEvents, SyncServer } from "../../../sync-server/sync-server.ts"

/** A real server in this process, on a free port of the loopback interface. */
export interface TestServer {
  server: SyncServer
  port: number
  httpUrl: string
  wsUrl: string
  dataDir: string
  token(role: Role, room?: string): Promise<string>
  stop(): Promise<readonly string[]>
}

/** A folder that is removed when the test has finished. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "manyhands-test-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Starts a server that is stopped when the test has finished. */
export async function startServer(
  options: {
    dataDir?: string
    env?: Record<string, string>
    events?: ServerEvents
    hostKind?: HostKind
    logger?: Logger
    store?: Store
    timing?: ConnectionTiming
    idleTiming?: IdleTiming
  } = {},
): Promise<TestServer> {
  const dataDir = options.dataDir ?? temporaryFolder()
  const config = readConfig({ DATA_DIR: dataDir, PORT: "0", ...options.env })
  const server = new SyncServer({
    config,
    webFolder: join(dataDir, "no-web"),
    hostKind: options.hostKind ?? "computer",
    logger: options.logger ?? pino({ level: "silent" }),
    ...(options.events === undefined ? {} : { events: options.events }),
    ...(options.store === undefined ? {} : { store: options.store }),
    ...(options.timing === undefined ? {} : { timing: options.timing }),
    ...(options.idleTiming === undefined ? {} : { idleTiming: options.idleTiming }),
  })
  const port = await server.start()
  const stop = () => server.drain()
  onTestFinished(async () => {
    await stop()
  })
  return {
    server,
    port,
    httpUrl: `http://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${port}`,
    dataDir,
    stop,
    async token(role, room) {
      if (server.tokens === null) throw new Error("This server asks for no tokens")
      const claims = room === undefined ? { role } : { role, room }
      return (await server.tokens.sign(claims, null)).token
    },
  }
}
