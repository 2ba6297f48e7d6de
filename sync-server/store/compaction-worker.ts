/**
 * The thread that compacts logs, so that the server's event loop does not stand still for it. One job after the other:
 * `begin`, any number of `entries`, `end`; the answer is a `Compaction`. Whatever goes wrong ends the thread.
 */
import { setPriority } from "node:os"
import { parentPort } from "node:worker_threads"
import { compactedLog } from "./compacted-log.ts"
import { memoryOf, parseJobPart } from "./compaction-job.ts"
import { readEntryRows } from "./entry-rows.ts"
import type { LogEntry, StoredSegment } from "./store.ts"

/** As `nice` has it: those who write go first where processors are scarce. */
const niceness = 10

let snapshot: Uint8Array | null = null
let last: StoredSegment | null = null
let entries: LogEntry[] = []

const port = parentPort
if (port === null) throw new TypeError("This is a worker thread's entry")
// Elsewhere it would be the whole process's.
if (process.platform === "linux") setPriority(niceness)
port.on("message", (message: unknown) => {
  const part = parseJobPart(message)
  switch (part.type) {
    case "begin":
      snapshot = part.snapshot
      last = part.last
      entries = []
      break
    case "entries":
      for (const entry of readEntryRows(part.rows)) entries.push(entry)
      break
    case "end": {
      const compaction = compactedLog({ snapshot, entries, last })
      snapshot = null
      last = null
      entries = []
      port.postMessage(compaction, memoryOf(compaction.snapshot, compaction.segment.bytes))
    }
  }
})
