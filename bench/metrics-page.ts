import { get } from "node:http"
import { setTimeout as delay } from "node:timers/promises"
import type { RunningServer } from "./contenders.ts"

const emptyDeadlineMs = 600_000

/** Of a server that is ours. */
export function httpUrl(server: RunningServer, path: string): string {
  const url = new URL(path, server.url("any").replace(/^ws/, "http"))
  url.search = ""
  return url.href
}

/** The figures of /metrics by their names; where one has labels, the sum. @throws Error when there is no such page. */
export async function metrics(server: RunningServer): Promise<ReadonlyMap<string, number>> {
  const { status, body } = await fetchOnce(httpUrl(server, "/metrics"))
  if (status !== 200) throw new Error(`/metrics answers with ${status}`)
  const figures = new Map<string, number>()
  for (const line of body.split("\n")) {
    const [, name, value] = /^([a-z0-9_]+)(?:\{[^}]*\})? (\S+)$/.exec(line) ?? []
    if (name !== undefined) figures.set(name, (figures.get(name) ?? 0) + Number(value))
  }
  return figures
}

/** Waits until nobody is connected, no room is in memory and no log is being compacted. @throws Error when that takes too long. */
export async function whenEmpty(server: RunningServer): Promise<void> {
  const deadline = performance.now() + emptyDeadlineMs
  for (;;) {
    const figures = await metrics(server)
    const left = ["manyhands_connections", "manyhands_rooms", "manyhands_compacting"].filter(
      (name) => figures.get(name) !== 0,
    )
    if (left.length === 0) return
    if (performance.now() > deadline)
      throw new Error(`Everybody has left, and there is still something in ${left.join(" and ")}`)
    await delay(200)
  }
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
