import type { TestServer } from "./server.ts"

/** The value of one metric without labels, as a scrape sees it. @throws Error when there is none of this name */
export async function readMetric(server: TestServer, name: string): Promise<number> {
  const text = await (await fetch(`${server.httpUrl}/metrics`)).text()
  const line = text.split("\n").find((candidate) => candidate.startsWith(`manyhands_${name} `))
  if (line === undefined) throw new Error(`There is no metric manyhands_${name}`)
  return Number(line.slice(line.indexOf(" ") + 1))
}
