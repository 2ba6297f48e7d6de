import { parseRoomName } from "../../protocol/room-name.ts"
import { LmdbStore } from "../../sync-server/store/lmdb-store.ts"
import { Histogram } from "../statistics.ts"
import type { StoreAppendJob, StoreAppendResult } from "./job.ts"
import { latencyOf } from "./latency.ts"

/** What one keystroke in a long document is about as an update. */
const updateBytes = 40

/** The store without a server around it: one append after the other, each waited for until it is on disk. */
export async function storeAppend(job: StoreAppendJob): Promise<StoreAppendResult> {
  const store = new LmdbStore(job.folder)
  const histogram = new Histogram()
  const room = parseRoomName("store-append")
  try {
    for (let sequence = 1; sequence <= job.count; sequence += 1) {
      const update = Buffer.alloc(updateBytes, sequence)
      const start = performance.now()
      await store.append([{ room, sequence, update, time: Date.now(), authors: ["Ada"] }])
      histogram.add(performance.now() - start)
    }
  } finally {
    await store.close()
  }
  return { append: latencyOf(histogram) }
}
