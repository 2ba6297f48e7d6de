import { fork } from "node:child_process"
import { once } from "node:events"
import type { z } from "zod"
import { unreachable } from "../protocol/errors.ts"
import { fromLoad, type Job, type ToLoad } from "./load/job.ts"

/**
 * Runs a job in a process of its own and waits for its result, and for its end. At each checkpoint the job stands still
 * while the function of that name runs. `env` is added to the process's own. @throws Error when the job fails.
 */
export async function runLoad<T>(
  job: Job,
  result: z.ZodType<T>,
  checkpoints: Record<string, () => Promise<void>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<T> {
  const child = fork(new URL("./load/index.ts", import.meta.url), {
    serialization: "json",
    env: { ...process.env, ...env },
  })
  const gone = once(child, "exit")
  const tell = (message: ToLoad): boolean => child.send(message)
  const value = await new Promise<T>((resolve, reject) => {
    child.on("error", reject)
    child.on("exit", (code) => reject(new Error(`The load process ended with ${code} and no result`)))
    child.on("message", (message) => {
      const report = fromLoad.parse(message)
      switch (report.kind) {
        case "checkpoint":
          Promise.resolve(checkpoints[report.name]?.()).then(() => tell({ kind: "go" }), reject)
          break
        case "result":
          resolve(result.parse(report.value))
          break
        case "failed":
          reject(new Error(report.message))
          break
        default:
          unreachable(report)
      }
    })
    tell({ kind: "job", job })
  })
  await gone
  return value
}
