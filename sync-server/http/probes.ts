import type { IncomingMessage, ServerResponse } from "node:http"
import type { Logger } from "pino"

/** What a probe is told. */
export interface ProbeSources {
  /** Null while the event loop is well; else a sentence about it. */
  stuck: () => string | null
  notReady: () => Promise<readonly { what: string; why: string }[]>
  metrics: () => Promise<{ contentType: string; text: string }>
}

interface Answer {
  status: number
  contentType: string
  body: string
}

/**
 * `/healthz`, `/readyz` and `/metrics`. They are asked for all day long and from the first moment, so they need nothing of
 * what serves pages.
 */
export class Probes {
  readonly #sources: ProbeSources
  readonly #logger: Logger

  constructor(options: { sources: ProbeSources; logger: Logger }) {
    this.#sources = options.sources
    this.#logger = options.logger
  }

  /** Answers the request where it is one of these; else false, and nothing has happened. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.method !== "GET" && request.method !== "HEAD") return false
    const answer = this.#answer(request.url?.split("?", 1)[0])
    if (answer === null) return false
    void this.#send(answer, response)
    return true
  }

  #answer(path: string | undefined): Promise<Answer> | null {
    switch (path) {
      case "/healthz":
        return this.#health()
      case "/readyz":
        return this.#readiness()
      case "/metrics":
        return this.#metrics()
      default:
        return null
    }
  }

  async #health(): Promise<Answer> {
    const why = this.#sources.stuck()
    return why === null ? json(200, { ok: true }) : json(503, { ok: false, why })
  }

  async #readiness(): Promise<Answer> {
    const notReady = await this.#sources.notReady()
    return json(notReady.length === 0 ? 200 : 503, { ready: notReady.length === 0, notReady })
  }

  async #metrics(): Promise<Answer> {
    const { contentType, text } = await this.#sources.metrics()
    return { status: 200, contentType, body: text }
  }

  async #send(answer: Promise<Answer>, response: ServerResponse): Promise<void> {
    const { status, contentType, body } = await answer.catch((err: unknown) => {
      this.#logger.error({ event: "http-failed", err }, "A probe could not be answered")
      return json(500, { error: "The server could not answer this" })
    })
    response.writeHead(status, {
      "Content-Type": contentType,
      "Content-Length": Buffer.byteLength(body),
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    })
    // Node leaves the body away where HEAD asked.
    response.end(body)
  }
}

function json(status: number, value: object): Answer {
  return { status, contentType: "application/json; charset=utf-8", body: JSON.stringify(value) }
}
