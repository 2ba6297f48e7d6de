/** What the bench asks of a load process, and what that answers. Both sides parse what they get. */
import { z } from "zod"
import { dialectNames } from "./dialect.ts"
import { spaceJobs } from "./space-job.ts"

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
    /** So many write while the others come, each at that rate. With writers, who has the document leaves again. */
    writers: z.number().int(),
    updatesPerSecond: z.number(),
    /** Whether the server answers with all that it was told; the relay does not. */
    isWhole: z.boolean(),
  }),
  z.object({
    kind: z.literal("cursors"),
    ...target,
    people: z.number().int(),
    /** Of one person, a second. */
    movesPerSecond: z.number(),
    seconds: z.number(),
  }),
  z.object({
    kind: z.literal("saturation"),
    ...target,
    /** Two writers in each; the rooms are named after `room`, with a number each. */
    rooms: z.number().int(),
    /** Written by `prepareWriters`. */
    updatesFile: z.string(),
    /** Of one writer: updates that were sent and are not confirmed yet. */
    inFlight: z.number().int(),
    warmUpSeconds: z.number(),
    seconds: z.number(),
    /** By the server's acknowledgement, or by what comes to the other writer of the room. */
    confirmedBy: z.enum(["acknowledgement", "delivery"]),
  }),
  z.object({
    kind: z.literal("many-rooms"),
    ...target,
    /** One writer and one reader in each; the rooms are named after `room`, with a number each. */
    rooms: z.number().int(),
    /** Of each writer; one a second. */
    updates: z.number().int(),
  }),
  z.object({
    kind: z.literal("durable-append"),
    ...target,
    updatesPerSecond: z.number(),
    seconds: z.number(),
  }),
  z.object({
    kind: z.literal("store-append"),
    /** Where the store is made. */
    folder: z.string(),
    count: z.number().int(),
  }),
  ...spaceJobs,
])
export type Job = z.infer<typeof job>
export type FanOutJob = Extract<Job, { kind: "fan-out" }>
export type JoinStormJob = Extract<Job, { kind: "join-storm" }>
export type CursorsJob = Extract<Job, { kind: "cursors" }>
export type SaturationJob = Extract<Job, { kind: "saturation" }>
export type ManyRoomsJob = Extract<Job, { kind: "many-rooms" }>
export type StoreAppendJob = Extract<Job, { kind: "store-append" }>
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
  /** From the call for a connection to the whole document. */
  join: latency,
})
export type JoinStormResult = z.infer<typeof joinStormResult>

export const cursorsResult = z.object({
  ...loadShare,
  /** From a send to each of the others. */
  delivery: latency,
  /** Pairs of which one did not see where the other's cursor was in the end. */
  unseen: z.number().int(),
})
export type CursorsResult = z.infer<typeof cursorsResult>

export const saturationResult = z.object({
  ...loadShare,
  /** Updates that were confirmed. */
  confirmed: z.number().int(),
  seconds: z.number(),
  /** Whether the prepared updates were used up before the time was over; the seconds are fewer then. */
  ranOut: z.boolean(),
})
export type SaturationResult = z.infer<typeof saturationResult>

export const manyRoomsResult = z.object({
  ...loadShare,
  delivery: latency,
  acknowledgement: latency,
  missing: z.number().int(),
})
export type ManyRoomsResult = z.infer<typeof manyRoomsResult>

export const storeAppendResult = z.object({ append: latency })
export type StoreAppendResult = z.infer<typeof storeAppendResult>

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
