import { join } from "node:path"
import { type Logger, pino } from "pino"
import type { Config } from "./config.ts"
import { EmbeddedEndpoint, parentPortOf } from "./embedded.ts"
import { ExitCode } from "./exit-code.ts"
import { invite } from "./invite.ts"
import type { StopRequest } from "./stop-request.ts"
import { SyncServer } from "./sync-server.ts"
import { urlHost } from "./url-host.ts"

/** Runs the server until it is asked to stop, which then ends the process. @throws AppError STORE_OPEN, LISTEN_FAILED */
export async function serve(config: Config, stop: StopRequest): Promise<void> {
  const logger = pino({ level: config.logLevel, base: { pid: process.pid } })
  const parentPort = parentPortOf(process)
  const endpoint =
    parentPort === null ? null : new EmbeddedEndpoint({ port: parentPort, logger, stop: () => stop.ask() })
  const server = new SyncServer({
    config,
    webFolder: join(import.meta.dirname, "..", "web"),
    logger,
    ...(endpoint === null ? {} : { events: endpoint.events, hostKind: "computer" }),
  })
  // A second request ends the waiting; the store is closed all the same.
  stop.heed({ stop: () => void drain(server, logger), hurry: () => server.hurry() })
  const port = await server.start()
  const url = `http://${urlHost(config.host)}:${port}`
  logger.info({ event: "listening", url, port, auth: config.auth }, `Listening on ${url}`)
  if (config.auth === "none")
    logger.warn(
      { event: "no-access-control" },
      "AUTH=none: whoever reaches this address may read and write all",
    )
  if (config.secretIsNew && endpoint === null) await printFirstInvite(config, url)
  endpoint?.serve(server, { url: url.replace(/^http/, "ws"), port })
}

async function drain(server: SyncServer, logger: Logger): Promise<void> {
  try {
    const unfinished = await server.drain()
    process.exitCode = unfinished.length === 0 ? ExitCode.Ok : ExitCode.Failed
  } catch (err) {
    logger.fatal({ event: "drain-failed", err }, "The server could not stop cleanly")
    process.exitCode = ExitCode.Failed
  }
  process.exit()
}

async function printFirstInvite(config: Config, url: string): Promise<void> {
  const link = await invite(config, {
    role: "owner",
    room: null,
    expiresIn: null,
    uses: null,
    name: null,
    url,
    onlyToken: false,
  })
  process.stderr.write(`\nThe owner's invite, shown only this once:\n\n  ${link}\n\n`)
}
