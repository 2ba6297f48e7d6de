import { setImmediate as nextTurn } from "node:timers/promises"
import { Worker } from "node:worker_threads"
import { type JobPart, memoryOf, parseCompaction } from "./compaction-job.ts"
import { writeEntryRows } from "./entry-rows.ts"
import type { Compaction, RoomLog, StoredSegment } from "./store.ts"

/** The thread ends when nothing was compacted for this long. */
const idleMs = 30_000
/** What the thread may take for JavaScript objects, MiB. With more it ends, and the log stays as it is. */
const heapMiB = 512
/** A job's entries go to the thread this many at a time, so that everything else goes on in between. */
const sliceEntries = 1_000

interface Job {
  resolve(compaction: Compaction): void
  reject(error: unknown): void
}

/** The thread that computes compactions. It is started when it is needed, and ends by itself when it is not. */
export class CompactionThread {
  readonly #program: URL
  readonly #heapMiB: number
  readonly #idleMs: number
  #worker: Worker | null = null
  #idle: NodeJS.Timeout | null = null
  #job: Job | null = null

  /** The options are for tests. */
  constructor(options: { program?: URL; heapMiB?: number; idleMs?: number } = {}) {
    this.#program = options.program ?? ownProgram()
    this.#heapMiB = options.heapMiB ?? heapMiB
    this.#idleMs = options.idleMs ?? idleMs
  }

  get isRunning(): boolean {
    return this.#worker !== null
  }

  /** One at a time. The log's snapshot and `last` are handed over. Rejects when the thread ends before it has answered. */
  async compact(log: RoomLog, last: StoredSegment | null): Promise<Compaction> {
    const worker = this.#started()
    const answer = new Promise<Compaction>((resolve, reject) => {
      this.#job = { resolve, reject }
    })
    await Promise.race([answer, tell(worker, log, last)])
    return answer
  }

  /** Idempotent. A job under way is rejected. */
  async end(): Promise<void> {
    if (this.#idle !== null) clearTimeout(this.#idle)
    this.#idle = null
    await this.#worker?.terminate()
  }

  #started(): Worker {
    if (this.#idle !== null) clearTimeout(this.#idle)
    this.#idle = null
    if (this.#worker !== null) return this.#worker
    const worker = new Worker(this.#program, { resourceLimits: { maxOldGenerationSizeMb: this.#heapMiB } })
    let failure: unknown = null
    worker.on("message", (message: unknown) => this.#answer(message))
    worker.on("error", (error) => {
      failure = error
    })
    worker.on("exit", (code) => {
      if (this.#idle !== null) clearTimeout(this.#idle)
      this.#worker = null
      this.#takeJob()?.reject(failure ?? new Error(`The compacting thread ended with ${code}`))
    })
    worker.unref()
    this.#worker = worker
    return worker
  }

  #answer(message: unknown): void {
    const job = this.#takeJob()
    this.#idle = setTimeout(() => void this.end(), this.#idleMs)
    this.#idle.unref()
    try {
      job?.resolve(parseCompaction(message))
    } catch (error) {
      job?.reject(error)
    }
  }

  #takeJob(): Job | null {
    const job = this.#job
    this.#job = null
    return job
  }
}

async function tell(worker: Worker, log: RoomLog, last: StoredSegment | null): Promise<void> {
  const post = (part: JobPart, ...owned: Uint8Array[]) => worker.postMessage(part, memoryOf(...owned))
  const owned = [log.snapshot, last?.bytes ?? null].flatMap((bytes) => (bytes === null ? [] : [bytes]))
  post({ type: "begin", snapshot: log.snapshot, last }, ...owned)
  for (let index = 0; index < log.entries.length; index += sliceEntries) {
    const rows = writeEntryRows(log.entries.slice(index, index + sliceEntries))
    post({ type: "entries", rows }, rows)
    await nextTurn()
  }
  post({ type: "end" })
}

/** Beside this file: as source, or built beside the bundle that this file is part of. */
function ownProgram(): URL {
  const isSource = import.meta.url.endsWith(".ts")
  return new URL(isSource ? "./compaction-worker.ts" : "./compaction-worker.js", import.meta.url)
}
