/** The jobs that look at memory, restarts and growth, and what they answer. */
import { z } from "zod"
import { dialectNames } from "./dialect.ts"

const target = { url: z.string(), dialect: z.enum(dialectNames), room: z.string() }
/** How much of one core the load process used, 0 to 1 and a little more. */
const loadShare = { loadCpuShare: z.number() }

export const spaceJobs = [
  z.object({
    kind: z.literal("visit-rooms"),
    ...target,
    /** The rooms are named after `room`, with a number each. */
    rooms: z.number().int(),
    /** A file that holds the document of every room as one Yjs update. */
    documentFile: z.string(),
    steps: z.array(z.enum(["seed", "leave", "stay"])),
  }),
  z.object({
    kind: z.literal("idle-connections"),
    ...target,
    rooms: z.number().int(),
    /** A checkpoint after so many connections are open, the next one after so many, … */
    counts: z.array(z.number().int()),
  }),
  z.object({
    kind: z.literal("replay"),
    ...target,
    /** Written by `packUpdates`. */
    updatesFile: z.string(),
    /** Text that the last update inserts and no other. */
    marker: z.string(),
    /** So many updates are sent before anything is heard of the first. */
    inFlight: z.number().int(),
  }),
  z.object({ kind: z.literal("bare-replay"), updatesFile: z.string() }),
  z.object({
    kind: z.literal("edits"),
    ...target,
    /** Each has one writer. With one room its name is `room`, else they are named after it, with a number each. */
    rooms: z.number().int(),
    /** In each room, beside the writer. */
    readers: z.number().int(),
    /** Of all writers together, a second. */
    updatesPerSecond: z.number(),
    seconds: z.number(),
    /** How often somebody comes with nothing, gets the document and leaves; 0: nobody. */
    joinsPerSecond: z.number(),
    /** What is in the rooms already, as one Yjs update; null: nothing. */
    documentFile: z.string().nullable(),
  }),
  z.object({
    kind: z.literal("soak"),
    ...target,
    seconds: z.number(),
    /** Rooms with steady writers and readers; others are opened and left beside them. Named after `room`. */
    rooms: z.number().int(),
    /** In each room. */
    writers: z.number().int(),
    readers: z.number().int(),
    /** Of one writer, a second. */
    updatesPerSecond: z.number(),
  }),
] as const

type SpaceJob = z.infer<(typeof spaceJobs)[number]>
export type VisitRoomsJob = Extract<SpaceJob, { kind: "visit-rooms" }>
export type IdleConnectionsJob = Extract<SpaceJob, { kind: "idle-connections" }>
export type ReplayJob = Extract<SpaceJob, { kind: "replay" }>
export type BareReplayJob = Extract<SpaceJob, { kind: "bare-replay" }>
export type EditsJob = Extract<SpaceJob, { kind: "edits" }>
export type SoakJob = Extract<SpaceJob, { kind: "soak" }>

export const visitRoomsResult = z.object({ ...loadShare })
export type VisitRoomsResult = z.infer<typeof visitRoomsResult>

export const idleConnectionsResult = z.object({ ...loadShare })
export type IdleConnectionsResult = z.infer<typeof idleConnectionsResult>

export const replayResult = z.object({
  ...loadShare,
  /** From the first send until all of them are acknowledged, seconds; null where nothing is. */
  acknowledged: z.number().nullable(),
  /** From the first send until a second client has the last, seconds. */
  delivered: z.number(),
})
export type ReplayResult = z.infer<typeof replayResult>

export const bareReplayResult = z.object({ seconds: z.number() })
export type BareReplayResult = z.infer<typeof bareReplayResult>

export const editsResult = z.object({
  ...loadShare,
  updates: z.number().int(),
  /** Updates that reached a reader, each counted once a reader, merged with others or not. */
  deliveries: z.number().int(),
  /** Milliseconds from send to a reader. */
  p50: z.number(),
  p99: z.number(),
  joins: z.number().int(),
})
export type EditsResult = z.infer<typeof editsResult>

/** What the clients of a soak saw in a few seconds. */
const soakSample = z.object({
  /** Milliseconds since 1970: the server is looked at by another process. */
  at: z.number(),
  /** Updates that were acknowledged in this time. */
  acknowledged: z.number().int(),
  /** Send to acknowledgement, milliseconds. */
  p50: z.number().nullable(),
  p99: z.number().nullable(),
})
export type SoakSample = z.infer<typeof soakSample>

export const soakResult = z.object({
  ...loadShare,
  samples: z.array(soakSample),
  /** All of them were acknowledged, and every room holds what was written there. */
  updates: z.number().int(),
  comebacks: z.number().int(),
  /** Rooms that were opened by somebody who wrote and left. */
  visits: z.number().int(),
  cursors: z.number().int(),
  /** How often slow readers had everything again after they had read nothing for a while. */
  catchUps: z.number().int(),
})
export type SoakResult = z.infer<typeof soakResult>
