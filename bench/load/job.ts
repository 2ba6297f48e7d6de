/** What the bench asks of a load process, and what that answers. Both sides parse what they get. */
import { z } from "zod"
import { dialectNames } from "./dialect.ts"

const target = { url: z.string(), dialect: z.enum(dialectNames), room: z.string() }

export const job = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("fan-out"),
    ...target,
    readers: z.number().int(),
    writers: z.number().int(),
    /** Of one writer, a second. */
    updatesPerSecond: z.number(),
    seconds: z.number(),
  }),
  z.object({
    kind: z.literal("join-storm"),
    ...target,
    clients: z.number().int(),
    /** A file that holds the document as one Yjs update. */
    documentFile: z.string(),
  }),
  z.object({
    kind: z.literal("durable-append"),
    ...target,
    updatesPerSecond: z.number(),
    seconds: z.number(),
  }),
])
export type Job = z.infer<typeof job>
export type FanOutJob = Extract<Job, { kind: "fan-out" }>
export type JoinStormJob = Extract<Job, { kind: "join-storm" }>
export type DurableAppendJob = Extract<Job, { kind: "durable-append" }>

/** Milliseconds; null where there was nothing to measure. */
const latency = z.object({ p50: z.number(), p99: z.number() }).nullable()
export type Latency = z.infer<typeof latency>

/** What every load process says of itself: how much of one core it used, 0 to 1 and a little more. */
const loadShare = { loadCpuShare: z.number() }

export const fanOutResult = z.object({
  ...loadShare,
  delivery: latency,
  /** Send to acknowledgement, at the writers; what it is worth depends on the server. */
  acknowledgement: latency,
  /** Deliveries that were still missing at the deadline. */
  missing: z.number().int(),
  /** First send to last delivery, seconds. */
  seconds: z.number(),
  /** How late the load process itself was with its sends, milliseconds, p99. */
  lateSend: z.number(),
})
export type FanOutResult = z.infer<typeof fanOutResult>

export const joinStormResult = z.object({
  ...loadShare,
  seconds: z.number(),
  documentBytes: z.number().int(),
})
export type JoinStormResult = z.infer<typeof joinStormResult>

export const durableAppendResult = z.object({ ...loadShare, echo: latency, acknowledgement: latency })
export type DurableAppendResult = z.infer<typeof durableAppendResult>

/** The load process stops at a checkpoint until it is told to go on. */
export const fromLoad = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("checkpoint"), name: z.string() }),
  z.object({ kind: z.literal("result"), value: z.unknown() }),
  z.object({ kind: z.literal("failed"), message: z.string() }),
])
export type FromLoad = z.infer<typeof fromLoad>

export const toLoad = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("job"), job }),
  z.object({ kind: z.literal("go") }),
])
export type ToLoad = z.infer<typeof toLoad>
