import { join } from "node:path"
import { type Logger, pino } from "pino"
import { AppError } from "../protocol/errors.ts"
import { formatInviteLink } from "../protocol/invite.ts"
import { Tokens } from "./access/tokens.ts"
import { type Command, type InviteOptions, parseCommand, usage } from "./command-line.ts"
import { type Config, type Environment, readConfig } from "./config.ts"
import { EmbeddedEndpoint, parentPortOf } from "./embedded.ts"
import type { StopRequest } from "./stop-request.ts"
import { SyncServer } from "./sync-server.ts"

/** Put in by the build, from package.json. */
declare const __APP_VERSION__: string

const ExitCode = { Ok: 0, Failed: 1, WrongConfiguration: 78 } as const
const healthcheckDeadlineMs = 4_000

/** What the process was started with. */
export interface Start {
  args: readonly string[]
  env: Environment
  stop: StopRequest
}

/** Does what the command line asks for; the server goes on after it. Ends the process with a sentence when that is not possible. */
export async function runProgram({ args, env, stop }: Start): Promise<void> {
  try {
    await run(parseCommand(args), env, stop)
  } catch (error) {
    // A start that was broken off by a stop has failed in no way: the stop ends the process.
    if (stop.isAsked) return
    const isExpected = error instanceof AppError
    process.stderr.write(
      `${isExpected ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
    )
    process.exit(
      isExpected && error.code === "CONFIG_INVALID" ? ExitCode.WrongConfiguration : ExitCode.Failed,
    )
  }
}

async function run(command: Command, env: Environment, stop: StopRequest): Promise<void> {
  switch (command.name) {
    case "serve":
      return serve(readConfig(env), stop)
    case "invite":
      return print(await invite(readConfig(env), command.options))
    case "healthcheck":
      return healthcheck(env)
    case "help":
      return print(usage)
    case "version":
      return print(__APP_VERSION__)
  }
}

async function serve(config: Config, stop: StopRequest): Promise<void> {
  const logger = pino({ level: config.logLevel, base: { pid: process.pid } })
  const parentPort = parentPortOf(process)
  const endpoint =
    parentPort === null ? null : new EmbeddedEndpoint({ port: parentPort, logger, stop: () => stop.ask() })
  const server = new SyncServer({
    config,
    webFolder: join(import.meta.dirname, "..", "web"),
    logger,
    ...(endpoint === null ? {} : { events: endpoint.events }),
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

async function healthcheck(env: Environment): Promise<void> {
  const { host, port } = readConfig({ ...env, AUTH: "none" })
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
