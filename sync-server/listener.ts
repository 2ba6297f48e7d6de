import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import { AppError } from "../protocol/errors.ts"

// An `import` of it would read every export, and two of them load all of `fetch` behind them: 17 ms of a start.
const { createServer } = process.getBuiltinModule("node:http")

/** One address on which the server listens; the desktop opens a second one while a document is shared. */
export class Listener {
  readonly #server: Server
  readonly #sockets = new Set<Duplex>()
  #listening: Promise<number> | null = null

  constructor(options: {
    onRequest: (request: IncomingMessage, response: ServerResponse) => void
    onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  }) {
    this.#server = createServer(options.onRequest)
    this.#server.on("upgrade", options.onUpgrade)
    const sockets = this.#sockets
    // One function for all sockets: there may be thousands.
    function forget(this: Duplex): void {
      sockets.delete(this)
    }
    this.#server.on("connection", (socket) => {
      sockets.add(socket)
      socket.on("close", forget)
    })
  }

  /** Answers the port. @throws AppError LISTEN_FAILED */
  listen(host: string, port: number): Promise<number> {
    this.#listening ??= this.#listen(host, port)
    return this.#listening
  }

  #listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", (cause) => {
        reject(
          new AppError("LISTEN_FAILED", `It is not possible to listen on ${host}, port ${port}`, { cause }),
        )
      })
      this.#server.listen(port, host, () => {
        const address = this.#server.address()
        if (address === null || typeof address === "string") reject(new Error("A TCP server has a port"))
        else resolve(address.port)
      })
    })
  }

  /** Cuts what is still open. Called while it begins to listen, it waits for that: else the port would be opened afterwards. */
  async close(): Promise<void> {
    await this.#listening?.catch(() => undefined) // whoever called `listen` is told
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      for (const socket of this.#sockets) socket.destroy()
    })
  }
}
