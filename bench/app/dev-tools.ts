import { z } from "zod"
import { Inspector } from "../inspector.ts"

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
  readonly #inspector: Inspector

  static async open(url: string): Promise<DevTools> {
    return new DevTools(await Inspector.open(url))
  }

  private constructor(inspector: Inspector) {
    this.#inspector = inspector
  }

  /** The session of the first page whose URL begins so; null while there is none. */
  async attach(urlStart: string): Promise<string | null> {
    const { targetInfos } = targets.parse(await this.#inspector.call("Target.getTargets", {}))
    const page = targetInfos.find(({ type, url }) => type === "page" && url.startsWith(urlStart))
    if (page === undefined) return null
    const { sessionId } = attached.parse(
      await this.#inspector.call("Target.attachToTarget", { targetId: page.targetId, flatten: true }),
    )
    return sessionId
  }

  /** The value of an expression in the page. @throws Error when it throws */
  async evaluate(session: string, expression: string): Promise<unknown> {
    const { result, exceptionDetails } = evaluated.parse(
      await this.#inspector.call("Runtime.evaluate", { expression, returnByValue: true }, session),
    )
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text)
    return result.value
  }

  /** Presses a key that types `letter`, as a keyboard does. */
  async press(session: string, letter: string): Promise<void> {
    const key = { key: letter, text: letter, unmodifiedText: letter }
    await this.#inspector.call("Input.dispatchKeyEvent", { type: "keyDown", ...key }, session)
    await this.#inspector.call("Input.dispatchKeyEvent", { type: "keyUp", key: letter }, session)
  }

  /** Asks the app to end. */
  async quit(): Promise<void> {
    await this.#inspector.call("Browser.close", {})
  }

  close(): void {
    this.#inspector.close()
  }
}
