import { WebSocket } from "ws"
import { z } from "zod"

const answer = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
})
const targets = z.object({
  targetInfos: z.array(z.object({ targetId: z.string(), type: z.string(), url: z.string() })),
})
const attached = z.object({ sessionId: z.string() })
const evaluated = z.object({
  result: z.object({ value: z.unknown().optional() }),
  exceptionDetails: z.object({ text: z.string() }).optional(),
})

/** As much of Chromium's DevTools protocol as it takes to press a key in a page. Playwright would cost more than the app. */
export class DevTools {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  #next = 1

  static async open(url: string): Promise<DevTools> {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve).once("error", reject)
    })
    return new DevTools(socket)
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on("message", (data) => this.#take(JSON.parse(String(data))))
    socket.on("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("The app closed its DevTools"))
      this.#waiting.clear()
    })
  }

  /** The session of the first page whose URL begins so; null while there is none. */
  async attach(urlStart: string): Promise<string | null> {
    const { targetInfos } = targets.parse(await this.#call("Target.getTargets", {}))
    const page = targetInfos.find(({ type, url }) => type === "page" && url.startsWith(urlStart))
    if (page === undefined) return null
    const { sessionId } = attached.parse(
      await this.#call("Target.attachToTarget", { targetId: page.targetId, flatten: true }),
    )
    return sessionId
  }

  /** The value of an expression in the page. @throws Error when it throws */
  async evaluate(session: string, expression: string): Promise<unknown> {
    const { result, exceptionDetails } = evaluated.parse(
      await this.#call("Runtime.evaluate", { expression, returnByValue: true }, session),
    )
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text)
    return result.value
  }

  /** Presses a key that types `letter`, as a keyboard does. */
  async press(session: string, letter: string): Promise<void> {
    const key = { key: letter, text: letter, unmodifiedText: letter }
    await this.#call("Input.dispatchKeyEvent", { type: "keyDown", ...key }, session)
    await this.#call("Input.dispatchKeyEvent", { type: "keyUp", key: letter }, session)
  }

  /** Asks the app to end. */
  async quit(): Promise<void> {
    await this.#call("Browser.close", {})
  }

  close(): void {
    this.#socket.terminate()
  }

  #call(method: string, params: object, sessionId?: string): Promise<unknown> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#socket.send(
        JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }),
      )
    })
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
