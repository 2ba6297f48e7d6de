import { execFile } from "node:child_process"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { createServer } from "node:net"
import { promisify } from "node:util"

const execute = promisify(execFile)
const server = "/app/dist/sync-server/index.js"
const waitLimitMs = 60_000
const pollMs = 100

/** What a command said, and how it ended. */
export interface Outcome {
  code: number
  output: string
}

/** Drives `docker` or `podman`: every command used here is spelt the same in both. */
export class Engine {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  /** @returns what it printed; @throws if it fails */
  async run(...args: string[]): Promise<string> {
    const { stdout } = await execute(this.name, args)
    return stdout.trim()
  }

  /** Like `run`, for a command that may fail. */
  async outcome(...args: string[]): Promise<Outcome> {
    try {
      const { stdout, stderr } = await execute(this.name, args)
      return { code: 0, output: stdout + stderr }
    } catch (error) {
      if (!isFailure(error)) throw error
      return { code: error.code, output: error.stdout + error.stderr }
    }
  }
}

function isFailure(error: unknown): error is Error & { code: number; stdout: string; stderr: string } {
  return error instanceof Error && "code" in error && typeof error.code === "number"
}

const fewestRights = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]

/** A running container of the sync server, with as few rights as an engine can be asked for. */
export class Container {
  /** HOST:PORT, on loopback. */
  readonly address: string
  readonly #engine: Engine
  readonly #id: string

  private constructor(engine: Engine, id: string, address: string) {
    this.#engine = engine
    this.#id = id
    this.address = address
  }

  /** On the host's loopback address. Resolves once it answers that it is ready; the caller removes it. */
  static async start(engine: Engine, image: string, volume: string): Promise<Container> {
    const port = await freePort()
    const place = ["--network", "host", "--env", "HOST=127.0.0.1", "--env", `PORT=${port}`]
    const id = await engine.run(
      "run",
      "--detach",
      ...fewestRights,
      ...place,
      "--volume",
      `${volume}:/data`,
      image,
    )
    return Container.#startedOnce(new Container(engine, id, `127.0.0.1:${port}`), (container) =>
      container.#ready(),
    )
  }

  /** With nothing set, on a network of its own that nobody reaches. The caller removes it. */
  static async startAsItComes(engine: Engine, image: string): Promise<Container> {
    const id = await engine.run("run", "--detach", ...fewestRights, "--network", "none", image)
    return Container.#startedOnce(new Container(engine, id, "127.0.0.1:1234"), (container) =>
      container.#checkPasses(),
    )
  }

  static async #startedOnce(
    container: Container,
    holds: (container: Container) => Promise<void>,
  ): Promise<Container> {
    try {
      await holds(container)
      return container
    } catch (error) {
      await container.remove()
      throw error
    }
  }

  #checkPasses(): Promise<void> {
    return this.#until("healthy", async () => (await this.command("healthcheck")).code === 0)
  }

  #ready(): Promise<void> {
    return this.#until("ready", async () => (await this.status("/readyz")) === 200)
  }

  /** Resolves once the engine's own health check has passed. */
  async healthy(): Promise<void> {
    // Docker runs the check by itself; podman leaves that to systemd, which need not be there.
    if (this.#engine.name === "podman") await this.#engine.run("healthcheck", "run", this.#id)
    await this.#until("healthy", async () => (await this.inspect("{{.State.Health.Status}}")) === "healthy")
  }

  async #until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + waitLimitMs
    while (!(await holds())) {
      const running = await this.inspect("{{.State.Running}}")
      if (running !== "true" || Date.now() > deadline) {
        throw new Error(`The container did not become ${what} (running: ${running}).\n${await this.logs()}`)
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
  }

  /** The status of a GET, 0 if nothing answers. */
  async status(path: string): Promise<number> {
    try {
      const response = await fetch(`http://${this.address}${path}`)
      await response.body?.cancel()
      return response.status
    } catch (error) {
      if (error instanceof TypeError) return 0 // fetch's way to say that there was no answer
      throw error
    }
  }

  /** Runs a subcommand of the server beside the running one, as an operator would. */
  command(...args: string[]): Promise<Outcome> {
    return this.execute("node", server, ...args)
  }

  execute(...args: string[]): Promise<Outcome> {
    return this.#engine.outcome("exec", this.#id, ...args)
  }

  inspect(format: string): Promise<string> {
    return this.#engine.run("inspect", "--format", format, this.#id)
  }

  async logs(): Promise<string> {
    return (await this.#engine.outcome("logs", this.#id)).output
  }

  /** Process 1 as the host's kernel knows it: the lines of /proc/PID/status, and its arguments as Command. */
  async firstProcess(): Promise<Map<string, string>> {
    const pid = await this.inspect("{{.State.Pid}}")
    const text = await readFile(`/proc/${pid}/status`, "utf8")
    const pairs = text.split("\n").map((line) => line.split(/:\s+/))
    const facts = new Map(pairs.map(([key = "", value = ""]) => [key, value]))
    return facts.set("Command", await readFile(`/proc/${pid}/cmdline`, "utf8"))
  }

  /**
   * Sends SIGTERM, and SIGKILL ten seconds later.
   * @returns the exit code: 137 if it had to be killed
   */
  async stop(): Promise<number> {
    await this.#engine.run("stop", "--time", "10", this.#id)
    return Number(await this.inspect("{{.State.ExitCode}}"))
  }

  async remove(): Promise<void> {
    await this.#engine.run("rm", "--force", "--volumes", this.#id)
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, "127.0.0.1")
  await once(probe, "listening")
  const address = probe.address()
  probe.close()
  await once(probe, "close")
  if (address === null || typeof address === "string") throw new Error("A TCP server has no port")
  return address.port
}
