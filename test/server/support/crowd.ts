import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"
import { z } from "zod"

const program = fileURLToPath(new URL("../drain-crowd-child.ts", import.meta.url))

const line = z.discriminatedUnion("event", [
  z.object({ event: z.literal("open") }),
  z.object({
    event: z.literal("closed"),
    codes: z.array(z.number()),
    outcomes: z.array(
      z.object({ room: z.string(), name: z.string(), sent: z.number(), acknowledged: z.number() }),
    ),
  }),
])

/** What became of a crowd: how every connection was closed, and how far every writer counted. */
export type CrowdReport = Extract<z.infer<typeof line>, { event: "closed" }>

/** Many clients in a process of their own. They are open when this resolves, and every writer has something on disk. */
export async function openCrowd(options: {
  url: string
  token: string
  idle: number
  writing: number
}): Promise<{ closed: Promise<CrowdReport> }> {
  const { url, token, idle, writing } = options
  const args = ["--experimental-strip-types", "--no-warnings", program, url, token, `${idle}`, `${writing}`]
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(() => {
    child.kill("SIGKILL")
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error("The crowd's process has ended")
    return line.parse(JSON.parse(value))
  }
  const first = await next()
  if (first.event !== "open") throw new Error("The crowd was closed before it was open")
  const closed = next().then((last) => {
    if (last.event !== "closed") throw new Error("The crowd opened twice")
    return last
  })
  return { closed }
}
