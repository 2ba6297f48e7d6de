import { WebSocket } from "ws"
import { z } from "zod"

const answer = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
})

/** Calls over the DevTools protocol, which Chromium and Node both speak. Events are not listened to. */
export class Inspector {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  #next = 1

  static async open(url: string): Promise<Inspector> {
    // A CPU profile of a long run is larger than what `ws` takes by default.
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 2 ** 30 })
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve).once("error", reject)
    })
    return new Inspector(socket)
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on("message", (data) => this.#take(JSON.parse(String(data))))
    socket.on("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("The program closed its DevTools"))
      this.#waiting.clear()
    })
  }

  /** @throws Error when the program says that the call failed, or is gone. */
  call(method: string, params: object, sessionId?: string): Promise<unknown> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#socket.send(
        JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }),
      )
    })
  }

  close(): void {
    this.#socket.terminate()
  }

  #take(message: unknown): void {
    const parsed = answer.safeParse(message)
    // Whatever has no number is an event, and none is waited for.
    if (!parsed.success) return
    const { id, result, error } = parsed.data
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(new Error(error.message))
  }
}
