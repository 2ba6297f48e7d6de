import { StopRequest } from "./stop-request.ts"

// Before the server itself is loaded: a container's first process does not even hear a signal that it has no handler for.
const stop = new StopRequest(() => process.exit(0))
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop.ask())
void start()

async function start(): Promise<void> {
  const { runProgram } = await import("./program.ts")
  await runProgram({ args: process.argv.slice(2), env: process.env, stop })
}
