import { type AddressInfo, createServer, type Server, Socket } from "node:net"
import { onTestFinished } from "vitest"

interface Pipe {
  from: Socket
  to: Socket
  /** What is on its way, in order, each with the time at which it may arrive. */
  waiting: { data: Buffer; due: number }[]
  timer: NodeJS.Timeout | null
}

/**
 * A network between two servers that can be slow, swallow everything for a while, or refuse: a TCP relay. What it swallowed arrives
 * when it heals, as TCP itself brings it after a loss.
 */
export class BadNetwork {
  readonly #server: Server
  readonly #port: number
  readonly #pipes = new Set<Pipe>()
  readonly #sockets = new Set<Socket>()
  #delayMs = 0
  #state: "well" | "silent" | "cut" = "well"

  private constructor(server: Server, port: number) {
    this.#server = server
    this.#port = port
    server.on("connection", (socket) => this.#accept(socket))
    onTestFinished(async () => {
      this.cut()
      await new Promise((resolve) => server.close(resolve))
    })
  }

  /** To a port of this computer. */
  static async to(port: number): Promise<BadNetwork> {
    const server = createServer({ noDelay: true })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    return new BadNetwork(server, port)
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Everything takes so much longer, each way. */
  slowDown(delayMs: number): void {
    this.#delayMs = delayMs
  }

  /** Nothing arrives any more, and nobody is told. */
  fallSilent(): void {
    this.#state = "silent"
  }

  /** Every connection is reset, and none can be made. */
  cut(): void {
    this.#state = "cut"
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  heal(): void {
    this.#state = "well"
    for (const pipe of this.#pipes) this.#pump(pipe)
  }

  #accept(near: Socket): void {
    if (this.#state === "cut") {
      near.resetAndDestroy()
      return
    }
    const far = new Socket().setNoDelay(true)
    far.connect(this.#port, "127.0.0.1")
    this.#join(near, far)
    this.#join(far, near)
  }

  #join(from: Socket, to: Socket): void {
    const pipe: Pipe = { from, to, waiting: [], timer: null }
    this.#pipes.add(pipe)
    this.#sockets.add(from)
    from.on("data", (data) => {
      pipe.waiting.push({ data, due: performance.now() + this.#delayMs })
      this.#pump(pipe)
    })
    from.on("error", () => undefined) // the close that follows says all
    from.on("close", () => {
      if (pipe.timer !== null) clearTimeout(pipe.timer)
      this.#pipes.delete(pipe)
      this.#sockets.delete(from)
      to.destroy()
    })
  }

  #pump(pipe: Pipe): void {
    if (this.#state !== "well" || pipe.timer !== null) return
    const now = performance.now()
    for (let next = pipe.waiting[0]; next !== undefined && next.due <= now; next = pipe.waiting[0]) {
      pipe.waiting.shift()
      pipe.to.write(next.data)
    }
    const next = pipe.waiting[0]
    if (next === undefined) return
    pipe.timer = setTimeout(
      () => {
        pipe.timer = null
        this.#pump(pipe)
      },
      Math.max(1, next.due - now),
    )
  }
}
