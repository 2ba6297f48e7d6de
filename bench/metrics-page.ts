import { get } from "node:http"
import type { RunningServer } from "./contenders.ts"

/** Of a server that is ours. */
export function httpUrl(server: RunningServer, path: string): string {
  const url = new URL(path, server.url("any").replace(/^ws/, "http"))
  url.search = ""
  return url.href
}

/** The figures of /metrics that have no labels, by their names. @throws Error when there is no such page. */
export async function metrics(server: RunningServer): Promise<ReadonlyMap<string, number>> {
  const { status, body } = await fetchOnce(httpUrl(server, "/metrics"))
  if (status !== 200) throw new Error(`/metrics answers with ${status}`)
  const lines = body.split("\n").filter((line) => /^[a-z_]+ /.test(line))
  return new Map(
    lines.map((line) => {
      const [name = "", value] = line.split(" ")
      return [name, Number(value)]
    }),
  )
}

/** By a connection of its own, which is over afterwards: one that is kept would count as the server's descriptor. */
export async function fetchOnce(url: string): Promise<{ status: number; body: string }> {
  return await new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let body = ""
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text
      })
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }))
      response.on("error", reject)
    }).on("error", reject)
  })
}
