import { AppError } from "../protocol/errors.ts"
import { type Command, parseCommand, usage } from "./command-line.ts"
import { readConfig } from "./config.ts"
import { ExitCode } from "./exit-code.ts"
import { StopRequest } from "./stop-request.ts"

/** Put in by the build, from package.json. */
declare const __APP_VERSION__: string

// Before the server itself is loaded: a container's first process does not even hear a signal that it has no handler for.
const stop = new StopRequest(() => process.exit(ExitCode.Ok))
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop.ask())
void start()

async function start(): Promise<void> {
  try {
    await run(parseCommand(process.argv.slice(2)))
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

/** Each command loads what it needs: the server is most of it, and only one of them is the server. */
async function run(command: Command): Promise<void> {
  switch (command.name) {
    case "serve": {
      const { serve } = await import("./serve.ts")
      return serve(readConfig(process.env), stop)
    }
    case "invite": {
      const { invite } = await import("./invite.ts")
      return print(await invite(readConfig(process.env), command.options))
    }
    case "healthcheck": {
      const { healthcheck } = await import("./healthcheck.ts")
      const { isReady, sentence } = await healthcheck(process.env)
      process.exitCode = isReady ? ExitCode.Ok : ExitCode.Failed
      return print(sentence)
    }
    case "help":
      return print(usage)
    case "version":
      return print(__APP_VERSION__)
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
