/** A process of clients: it is given one job over IPC, answers with the result, and ends. */
import { unreachable } from "../../protocol/errors.ts"
import { durableAppend } from "./durable-append.ts"
import { fanOut } from "./fan-out.ts"
import { type FromLoad, type Job, toLoad } from "./job.ts"
import { joinStorm } from "./join-storm.ts"

let goOn: () => void = () => {}

async function checkpoint(name: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  goOn = resolve
  tell({ kind: "checkpoint", name })
  await promise
}

function tell(message: FromLoad): void {
  process.send?.(message)
}

async function run(job: Job): Promise<unknown> {
  switch (job.kind) {
    case "fan-out":
      return await fanOut(job, checkpoint)
    case "join-storm":
      return await joinStorm(job, checkpoint)
    case "durable-append":
      return await durableAppend(job, checkpoint)
    default:
      return unreachable(job)
  }
}

process.on("message", (message) => {
  const order = toLoad.parse(message)
  if (order.kind === "go") {
    goOn()
    return
  }
  run(order.job).then(
    (value) => {
      tell({ kind: "result", value })
      process.disconnect()
    },
    (error: unknown) => {
      tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) })
      process.exit(1)
    },
  )
})
