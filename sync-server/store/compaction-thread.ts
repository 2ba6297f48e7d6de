import { readFileSync } from "node:fs"
import { Worker } from "node:worker_threads"
import { type JobPart, memoryOf, parseCompaction } from "./compaction-job.ts"
import { writeEntryRows } from "./entry-rows.ts"
import type { Compaction, LogEntry, StoredSegment } from "./store.ts"

/** What the thread may take for objects that do not live long, MiB: without a bound V8 lets that grow to five times as much. */
const youngMiB = 16
/** The thread ends when nothing was compacted for this long. */
const idleMs = 30_000
/** What the thread may take for JavaScript objects, MiB. With more it ends, and the log stays as it is. */
const heapMiB = 1_024

/** The thread that computes compactions. It is started when it is needed, and ends by itself when it is not. */
export class CompactionThread {
  readonly #program: URL
  readonly #heapMiB: number
  readonly #idleMs: number
  #worker: Worker | null = null
  #idle: NodeJS.Timeout | null = null
  #job: CompactionJob | null = null

  /** The options are for tests. */
  constructor(options: { program?: URL; heapMiB?: number; idleMs?: number } = {}) {
    this.#program = options.program ?? ownProgram()
    this.#heapMiB = options.heapMiB ?? heapMiB
    this.#idleMs = options.idleMs ?? idleMs
  }

  get isRunning(): boolean {
    return this.#worker !== null
  }

  /** One job at a time. The bytes are handed over. */
  begin(snapshot: Uint8Array | null, last: StoredSegment | null): CompactionJob {
    const worker = this.#started()
    const job = new CompactionJob(worker)
    this.#job = job
    worker.ref()
    const owned = [snapshot, last?.bytes ?? null].flatMap((bytes) => (bytes === null ? [] : [bytes]))
    post(worker, { type: "begin", snapshot, last }, owned)
    return job
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
    const worker = startWorker(this.#program, this.#heapMiB)
    let failure: unknown = null
    worker.on("message", (message: unknown) => this.#answer(message))
    worker.on("error", (error) => {
      failure = error
    })
    worker.on("exit", (code) => {
      if (this.#idle !== null) clearTimeout(this.#idle)
      this.#worker = null
      this.#takeJob()?.failed(failure ?? new Error(`The compacting thread ended with ${code}`))
    })
    this.#worker = worker
    return worker
  }

  #answer(message: unknown): void {
    const job = this.#takeJob()
    this.#worker?.unref()
    this.#idle = setTimeout(() => void this.end(), this.#idleMs)
    this.#idle.unref()
    try {
      job?.answered(parseCompaction(message))
    } catch (error) {
      job?.failed(error)
    }
  }

  #takeJob(): CompactionJob | null {
    const job = this.#job
    this.#job = null
    return job
  }
}

/** A log on its way through the thread. */
export class CompactionJob {
  readonly #worker: Worker
  readonly #answer: Promise<Compaction>
  #settle: { resolve: (compaction: Compaction) => void; reject: (error: unknown) => void } | null = null
  #entries = 0
  #bytes = 0

  constructor(worker: Worker) {
    this.#worker = worker
    this.#answer = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    this.#answer.catch(() => undefined) // whoever waits for `end` hears of it
  }

  get entries(): number {
    return this.#entries
  }

  /** Of the entries' updates. */
  get bytes(): number {
    return this.#bytes
  }

  add(entries: readonly LogEntry[]): void {
    const rows = writeEntryRows(entries)
    this.#entries += entries.length
    for (const { update } of entries) this.#bytes += update.length
    post(this.#worker, { type: "entries", rows }, [rows])
  }

  /** Rejects when the thread ended before it has answered. */
  end(): Promise<Compaction> {
    post(this.#worker, { type: "end" })
    return this.#answer
  }

  answered(compaction: Compaction): void {
    this.#settle?.resolve(compaction)
  }

  failed(error: unknown): void {
    this.#settle?.reject(error)
  }
}

function post(worker: Worker, part: JobPart, owned: readonly Uint8Array[] = []): void {
  worker.postMessage(part, memoryOf(...owned))
}

/** Beside this file: as source, or built beside the bundle that this file is part of. */
function ownProgram(): URL {
  const isSource = import.meta.url.endsWith(".ts")
  return new URL(isSource ? "./compaction-worker.ts" : "./compaction-worker.cjs", import.meta.url)
}

function startWorker(program: URL, heapMiB: number): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: heapMiB, maxYoungGenerationSizeMb: youngMiB }
  if (!program.pathname.endsWith(".cjs")) return new Worker(program, { resourceLimits })
  // From its text: a thread finds no file inside the archive that the app is packed into.
  return new Worker(readFileSync(program, "utf8"), { eval: true, resourceLimits })
}
