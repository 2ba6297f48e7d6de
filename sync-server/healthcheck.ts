import { type Environment, readConfig } from "./config.ts"
import { urlHost } from "./url-host.ts"

// As in listener.ts: nothing else is loaded with it. A container asks every few seconds, each time in a new process.
const { get } = process.getBuiltinModule("node:http")

const deadlineMs = 4_000

/** Whether the server on `HOST` and `PORT` is ready, and a sentence about it. */
export async function healthcheck(env: Environment): Promise<{ isReady: boolean; sentence: string }> {
  const { host, port } = readConfig({ ...env, AUTH: "none" })
  try {
    const { status, body } = await ask(`http://${urlHost(host)}:${port}/readyz`)
    const isReady = status === 200
    return { isReady, sentence: isReady ? "ready" : `not ready: ${body}` }
  } catch (error) {
    return {
      isReady: false,
      sentence: `no answer: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

function ask(url: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(deadlineMs) }, (response) => {
      let body = ""
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text
      })
      response.on("end", () => resolve({ status: response.statusCode, body }))
      response.on("error", reject)
    })
    request.on("error", reject)
  })
}
