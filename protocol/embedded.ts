/**
 * What the desktop's main process and its embedded sync server say to each other, over the parent port of Electron's
 * `utilityProcess`. Each side parses what it gets with the schemas below. Keystrokes never take this way.
 *
 * The server posts `listening` once, then answers every request with one reply of the same id, and posts events.
 */
import { z } from "zod"
import { absence } from "./absence.ts"
import { ErrorCode, type ErrorReport, isErrorCode } from "./errors.ts"
import { roles } from "./role.ts"

const errorReport: z.ZodType<ErrorReport> = z.object({
  code: z.custom<ErrorReport["code"]>(isErrorCode, { error: `one of ${Object.keys(ErrorCode).join(", ")}` }),
  message: z.string(),
})

const request = {
  /** A token for the app's own windows: owner of every room. */
  token: z.object({ kind: z.literal("token") }),
  /** Opens (and, the first time, seeds) the room of a file. Errors: the FILE_ codes. */
  "file-open": z.object({ kind: z.literal("file-open"), path: z.string().min(1) }),
  /** The file of an open room was moved by the app: later writes go to the new path. */
  "file-moved": z.object({ kind: z.literal("file-moved"), from: z.string().min(1), to: z.string().min(1) }),
  /** Files turned up in an open folder: one that is missing may be among them. */
  "files-appeared": z.object({ kind: z.literal("files-appeared"), paths: z.array(z.string().min(1)) }),
  /** Makes the file of an open room again that another program deleted. Errors: the FILE_ codes. */
  "file-restore": z.object({ kind: z.literal("file-restore"), room: z.string() }),
  /** Opens the second listener, or says where it is. Port 0 picks a free one. Errors: LISTEN_FAILED. */
  "share-listen": z.object({
    kind: z.literal("share-listen"),
    host: z.string(),
    port: z.number().int().min(0).max(65_535),
  }),
  /** Makes the room's invite, or gives the one that it has. One a room in this version. */
  "share-start": z.object({
    kind: z.literal("share-start"),
    room: z.string(),
    role: z.enum(roles),
    title: z.string(),
    by: z.string(),
    /** Seconds from now; null never ends. */
    expiresIn: z.number().int().positive().nullable(),
  }),
  /** Ends the room's invite: its token is revoked and whoever came by it is closed with 4403. */
  /**
   * Keeps the tree of a folder, and answers its room. `files` are its documents, relative, with `/`.
   * Errors: FOLDER_TOO_LARGE, FILE_NOT_FOUND, FILE_NOT_READABLE.
   */
  "folder-host": z.object({
    kind: z.literal("folder-host"),
    path: z.string().min(1),
    files: z.array(z.string().min(1)),
  }),
  /** What is in a hosted folder now. */
  "folder-listed": z.object({
    kind: z.literal("folder-listed"),
    room: z.string(),
    files: z.array(z.string().min(1)),
  }),
  /** The folders that were ever hosted from here. */
  "folder-list": z.object({ kind: z.literal("folder-list") }),
  /** Opens a file of a joined folder. Errors: FILE_NOT_FOUND. */
  "folder-file": z.object({ kind: z.literal("folder-file"), folder: z.string(), room: z.string() }),
  /** Whether people on the network see that the room is shared, and may ask to come in. */
  "share-nearby": z.object({ kind: z.literal("share-nearby"), room: z.string(), on: z.boolean() }),
  "knock-list": z.object({ kind: z.literal("knock-list") }),
  "knock-answer": z.object({ kind: z.literal("knock-answer"), id: z.string(), admit: z.boolean() }),
  /** The rooms of the links by which something was joined. */
  "joined-list": z.object({ kind: z.literal("joined-list") }),
  /** The host of a joined room is at another address now, if it says so there. */
  "replica-moved": z.object({ kind: z.literal("replica-moved"), room: z.string(), origin: z.string() }),
  /** Has what is shared go on at a server. Errors: INVITE_LINK_INVALID, HANDOVER_REFUSED, HOST_UNREACHABLE, NOT_ALLOWED. */
  "handover-continue": z.object({ kind: z.literal("handover-continue"), room: z.string(), link: z.string() }),
  /** Brings it back here, where others reach us at this origin. Errors: HANDOVER_REFUSED, HOST_UNREACHABLE, NOT_ALLOWED. */
  "handover-back": z.object({ kind: z.literal("handover-back"), room: z.string(), origin: z.string() }),
  /** Makes this server the host of a joined document or folder, in the place of one that has gone. */
  "take-over": z.object({ kind: z.literal("take-over"), room: z.string() }),
  "share-stop": z.object({ kind: z.literal("share-stop"), room: z.string() }),
  /** The rooms that are shared, kept over restarts. */
  "share-list": z.object({ kind: z.literal("share-list") }),
  /** Joins somebody else's document: this server relays it from now on. Errors: INVITE_LINK_INVALID. */
  join: z.object({ kind: z.literal("join"), link: z.string() }),
  /** What others wrote in a joined document while its host was out of reach. */
  "absence-read": z.object({ kind: z.literal("absence-read"), room: z.string() }),
  /** A person has seen it; a later one is kept. */
  "absence-dismiss": z.object({ kind: z.literal("absence-dismiss"), room: z.string(), until: z.number() }),
  /** The computer woke up, or the network is back: hosts that were away are tried at once. */
  "retry-hosts": z.object({ kind: z.literal("retry-hosts") }),
  /** Drains and exits with code 0. */
  stop: z.object({ kind: z.literal("stop") }),
} as const

export const embeddedRequest = z.discriminatedUnion("kind", [
  request.token,
  request["file-open"],
  request["file-moved"],
  request["files-appeared"],
  request["file-restore"],
  request["share-listen"],
  request["share-start"],
  request["folder-host"],
  request["folder-listed"],
  request["folder-list"],
  request["folder-file"],
  request["share-nearby"],
  request["knock-list"],
  request["knock-answer"],
  request["joined-list"],
  request["replica-moved"],
  request["handover-continue"],
  request["handover-back"],
  request["take-over"],
  request["share-stop"],
  request["share-list"],
  request.join,
  request["absence-read"],
  request["absence-dismiss"],
  request["retry-hosts"],
  request.stop,
])
export type EmbeddedRequest = z.infer<typeof embeddedRequest>

const share = z.object({
  room: z.string(),
  token: z.string(),
  title: z.string(),
  role: z.enum(roles),
  /** Who shares it. */
  by: z.string(),
  /** By which people on the network ask to come in. Null: they do not see it. */
  nearby: z.string().nullable(),
  /** Where it goes on, and the token by which others come to it there. Null: here. */
  elsewhere: z.object({ origin: z.string(), token: z.string() }).nullable(),
})
export type Share = z.infer<typeof share>

/** A document or a folder that was joined, and its host as people know it. */
const joined = z.object({
  room: z.string(),
  title: z.string(),
  by: z.string(),
  role: z.enum(roles),
  host: z.string(),
})
export type Joined = z.infer<typeof joined>

/** Somebody who found us on the network, and asks to come in. */
export const knock = z.object({
  id: z.string(),
  room: z.string(),
  title: z.string(),
  name: z.string(),
  /** Their colour's place in the palette. */
  peer: z.number().int(),
})
export type Knock = z.infer<typeof knock>

/** The value of a good reply, by the kind of its request. */
export const embeddedValue = {
  token: z.object({ token: z.string() }),
  "file-open": z.object({ room: z.string(), title: z.string() }),
  "file-moved": z.object({}),
  "files-appeared": z.object({}),
  "file-restore": z.object({}),
  "share-listen": z.object({ port: z.number().int() }),
  "share-start": share,
  "folder-host": z.object({ room: z.string() }),
  "folder-listed": z.object({}),
  "folder-list": z.object({
    folders: z.array(z.object({ room: z.string(), path: z.string(), title: z.string() })),
  }),
  "folder-file": z.object({ room: z.string(), title: z.string() }),
  "share-nearby": share,
  "knock-list": z.object({ knocks: z.array(knock) }),
  "knock-answer": z.object({}),
  "joined-list": z.object({ rooms: z.array(z.string()) }),
  /** Whether our invite is good there. */
  "replica-moved": z.object({ isInvited: z.boolean() }),
  "handover-continue": share,
  "handover-back": share,
  "take-over": z.object({}),
  "share-stop": z.object({}),
  "share-list": z.object({ shares: z.array(share) }),
  join: joined,
  "absence-read": z.object({ absence: absence.nullable() }),
  "absence-dismiss": z.object({}),
  "retry-hosts": z.object({}),
  stop: z.object({}),
} as const satisfies Record<EmbeddedRequest["kind"], z.ZodType>
export type EmbeddedValues = { [K in EmbeddedRequest["kind"]]: z.infer<(typeof embeddedValue)[K]> }

/** What main sends: a request and its number. */
export const embeddedCall = z.object({ id: z.number().int(), request: embeddedRequest })
export type EmbeddedCall = z.infer<typeof embeddedCall>

/** How a room and its file on disk stand. */
export const fileStatus = z.object({
  room: z.string(),
  path: z.string(),
  /** Null: what the document says is in the file. Else why not; the words are safe in the store all the same. */
  trouble: errorReport.nullable(),
})
export type FileStatus = z.infer<typeof fileStatus>

/** What the server sends. */
export const embeddedMessage = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("listening"), url: z.string(), port: z.number().int() }),
  z.object({ kind: z.literal("reply"), id: z.number().int(), value: z.unknown() }),
  z.object({ kind: z.literal("refusal"), id: z.number().int(), error: errorReport }),
  z.object({ kind: z.literal("file-status"), status: fileStatus }),
  /** Something happened to a file that a person who has it open should know. */
  z.object({ kind: z.literal("file-notice"), room: z.string(), notice: errorReport }),
  /** All who ask to come in, whenever that changes. */
  z.object({ kind: z.literal("knocks"), knocks: z.array(knock) }),
  /** What was joined has another host. */
  z.object({ kind: z.literal("joined-moved"), joined }),
  /** There is an absence of which nobody has read yet. */
  z.object({ kind: z.literal("absence"), room: z.string() }),
  /** Whether the store takes writes; null when it does. */
  z.object({ kind: z.literal("store-status"), trouble: errorReport.nullable() }),
])
export type EmbeddedMessage = z.infer<typeof embeddedMessage>
