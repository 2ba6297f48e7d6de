import type { Transferable } from "node:worker_threads"
import { z } from "zod"
import type { Compaction } from "./store.ts"

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)
const segment = z.object({ first: z.number(), bytes })

const jobPart = z.discriminatedUnion("type", [
  z.object({ type: z.literal("begin"), snapshot: bytes.nullable(), last: segment.nullable() }),
  /** Some of the log's entries, as written by entry-rows.ts. */
  z.object({ type: z.literal("entries"), rows: bytes }),
  z.object({ type: z.literal("end") }),
])

/** What the server's thread tells the compacting one: `begin`, any number of `entries`, `end`. The answer is a `Compaction`. */
export type JobPart = z.infer<typeof jobPart>

const compaction = z.object({ snapshot: bytes, through: z.number(), segment })

/** @throws ZodError */
export function parseJobPart(message: unknown): JobPart {
  return jobPart.parse(message)
}

/** @throws ZodError */
export function parseCompaction(message: unknown): Compaction {
  return compaction.parse(message)
}

/** The memory of these is handed over to the other thread, not copied. They must have it for themselves. */
export function memoryOf(...owned: readonly Uint8Array[]): Transferable[] {
  return owned.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []))
}
