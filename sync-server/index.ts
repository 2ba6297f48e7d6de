import { join } from "node:path"
import { type Logger, pino } from "pino"
import { AppError } from "../protocol/errors.ts"
import { formatInviteLink } from "../protocol/invite.ts"
import { Tokens } from "./access/tokens.ts"
import { type InviteOptions, parseCommand, usage } from "./command-line.ts"
import { type Config, readConfig } from "./config.ts"
import { EmbeddedEndpoint, parentPortOf } from "./embedded.ts"
import { SyncServer } from "./sync-server.ts"

/** Put in by the build, from package.json. */
declare const __APP_VERSION__: string

const ExitCode = { Ok: 0, Failed: 1, WrongConfiguration: 78 } as const
const healthcheckDeadlineMs = 4_000

const parentPort = parentPortOf(process)

try {
  await run()
} catch (error) {
  const isExpected = error instanceof AppError
  process.stderr.write(
    `${isExpected ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  )
  process.exit(isExpected && error.code === "CONFIG_INVALID" ? ExitCode.WrongConfiguration : ExitCode.Failed)
}

async function run(): Promise<void> {
  const command = parseCommand(process.argv.slice(2))
  switch (command.name) {
    case "serve":
      return serve(readConfig(process.env))
    case "invite":
      return print(await invite(readConfig(process.env), command.options))
    case "healthcheck":
      return healthcheck()
    case "help":
      return print(usage)
    case "version":
      return print(__APP_VERSION__)
  }
}

async function serve(config: Config): Promise<void> {
  const logger = pino({ level: config.logLevel, base: { pid: process.pid } })
  let stopping = false
  const stop = () => {
    // A second signal ends the waiting; the store is closed all the same.
    if (stopping) return server.hurry()
    stopping = true
    void drain(server, logger)
  }
  const endpoint = parentPort === null ? null : new EmbeddedEndpoint({ port: parentPort, logger, stop })
  const server = new SyncServer({
    config,
    webFolder: join(import.meta.dirname, "..", "web"),
    logger,
    ...(endpoint === null ? {} : { events: endpoint.events }),
  })
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop)
  const port = await server.start()
  const url = `http://${urlHost(config.host)}:${port}`
  logger.info({ event: "listening", url, port, auth: config.auth }, `Listening on ${url}`)
  if (config.auth === "none")
    logger.warn(
      { event: "no-access-control" },
      "AUTH=none: whoever reaches this address may read and write all",
    )
  if (config.secretIsNew && parentPort === null) await printFirstInvite(config, url)
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

async function invite(config: Config, options: InviteOptions): Promise<string> {
  if (config.secret === null)
    throw new AppError("CONFIG_INVALID", "AUTH=none: no invite is needed, and none can be made")
  const tokens = new Tokens({ secret: config.secret, revoked: new Set() })
  const { token } = await tokens.sign(
    {
      role: options.role,
      ...(options.room === null ? {} : { room: options.room }),
      ...(options.name === null ? {} : { name: options.name }),
      ...(options.uses === null ? {} : { uses: options.uses }),
    },
    options.expiresIn,
  )
  if (options.onlyToken) return token
  const origin = options.url ?? `http://${urlHost(config.host)}:${config.port}`
  return formatInviteLink({ origin, room: options.room, token })
}

async function healthcheck(): Promise<void> {
  const { host, port } = readConfig({ ...process.env, AUTH: "none" })
  try {
    const answer = await fetch(`http://${urlHost(host)}:${port}/readyz`, {
      signal: AbortSignal.timeout(healthcheckDeadlineMs),
    })
    if (answer.ok) return print("ready")
    print(`not ready: ${await answer.text()}`)
  } catch (error) {
    print(`no answer: ${error instanceof Error ? error.message : String(error)}`)
  }
  process.exitCode = ExitCode.Failed
}

/** The address of this machine where the server listens everywhere, and brackets for IPv6. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost"
  return host.includes(":") ? `[${host}]` : host
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
