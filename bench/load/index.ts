/** A process of clients: it is given one job over IPC, answers with the result, and ends. */
import { unreachable } from "../../protocol/errors.ts"
import { cursors } from "./cursors.ts"
import { durableAppend } from "./durable-append.ts"
import { edits } from "./edits.ts"
import { fanOut } from "./fan-out.ts"
import { idleConnections } from "./idle-connections.ts"
import { type FromLoad, type Job, toLoad } from "./job.ts"
import { joinStorm } from "./join-storm.ts"
import { manyRooms } from "./many-rooms.ts"
import { bareReplay, replay } from "./replay.ts"
import { saturation } from "./saturation.ts"
import { soak } from "./soak.ts"
import { storeAppend } from "./store-append.ts"
import { visitRooms } from "./visit-rooms.ts"

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
    case "cursors":
      return await cursors(job, checkpoint)
    case "saturation":
      return await saturation(job, checkpoint)
    case "many-rooms":
      return await manyRooms(job, checkpoint)
    case "store-append":
      return await storeAppend(job)
    case "durable-append":
      return await durableAppend(job, checkpoint)
    case "visit-rooms":
      return await visitRooms(job, checkpoint)
    case "idle-connections":
      return await idleConnections(job, checkpoint)
    case "replay":
      return await replay(job, checkpoint)
    case "bare-replay":
      return await bareReplay(job)
    case "edits":
      return await edits(job, checkpoint)
    case "soak":
      return await soak(job, checkpoint)
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
