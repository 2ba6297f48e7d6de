/**
 * The y-websocket wire protocol, and our two extensions.
 *
 * A frame is one or more messages, each `[type: varUint][payload]`. We write one a frame, as every y-websocket client
 * reads; other implementations (yrs) put several into one, so all are read. The client opens with sync step 1;
 * the server answers with step 2 and asks its own step 1. All numbers are lib0's varUint, all byte strings are
 * `[length: varUint][bytes]`.
 *
 *   0 sync             [0 step 1][state vector] | [1 step 2][update] | [2 update][update]
 *   1 awareness        [byte string: [count] then a client each: [client id][clock][JSON string]]
 *   2 auth             [0 permission denied][reason: string]
 *   3 query awareness  (empty)
 *   4 durable          [N] after `?durable=1`, [N][host state][waiting] after `?durable=2`; server to client only.
 *                      "The first N sync messages of kind step 2 or update that you sent on this connection are on
 *                      disk." The host state speaks of the whole room: where this server relays another server's
 *                      document, whether that one has everything on disk too, and how many changes still wait for it.
 *   5 moved            [origin: string][token: string] to whoever asked for type 4; server to client only. "The document
 *                      goes on at this server; by this token you may do there what you may do here." Until the client
 *                      goes there, this server goes on as before.
 */
import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from "lib0/encoding"
import { AppError } from "./errors.ts"
import { FrameReader } from "./frame-reader.ts"
import { Limits } from "./limits.ts"

export const MessageType = {
  Sync: 0,
  Awareness: 1,
  Auth: 2,
  QueryAwareness: 3,
  Durable: 4,
  Moved: 5,
} as const
export type MessageType = (typeof MessageType)[keyof typeof MessageType]

export const SyncType = { Step1: 0, Step2: 1, Update: 2 } as const

/** How the document stands at the host that this server relays it from. */
export const HostState = {
  /** This server is the host itself. */
  None: 0,
  /** Everything in the room is on the host's disk. */
  Saved: 1,
  /** Connected, and something is on its way. */
  Sending: 2,
  /** No connection to the host; it is tried again. */
  Away: 3,
  /** The host ended our access; it is not tried again. */
  Ended: 4,
} as const
export type HostState = (typeof HostState)[keyof typeof HostState]

/** The host's side of a durable message: its state, and how many changes of this room wait for it. */
export interface HostReport {
  state: HostState
  waiting: number
}

export type Message =
  | { type: "sync-step-1"; stateVector: Uint8Array }
  | { type: "sync-step-2"; update: Uint8Array }
  | { type: "update"; update: Uint8Array }
  | { type: "awareness"; update: Uint8Array }
  | { type: "permission-denied"; reason: string }
  | { type: "query-awareness" }
  | { type: "durable"; count: number; host: HostReport | null }
  | { type: "moved"; origin: string; token: string }

/**
 * Reads every message of a frame. Byte strings are views of the frame.
 * @throws AppError FRAME_TRUNCATED, FRAME_NUMBER_TOO_LARGE, FRAME_TEXT_INVALID, FRAME_TYPE_UNKNOWN, FRAME_LIMIT, and nothing else.
 */
export function readMessages(frame: Uint8Array): Message[] {
  const reader = new FrameReader(frame)
  const messages: Message[] = []
  do {
    if (messages.length === Limits.frameMessages)
      throw new AppError("FRAME_LIMIT", `A frame holds at most ${Limits.frameMessages} messages`)
    messages.push(readMessage(reader))
  } while (!reader.done)
  return messages
}

function readMessage(reader: FrameReader): Message {
  const type = reader.readVarUint()
  switch (type) {
    case MessageType.Sync:
      return readSync(reader)
    case MessageType.Awareness:
      return { type: "awareness", update: reader.readVarBytes() }
    case MessageType.Auth:
      return readAuth(reader)
    case MessageType.QueryAwareness:
      return { type: "query-awareness" }
    case MessageType.Durable:
      return readDurable(reader)
    case MessageType.Moved:
      return { type: "moved", origin: reader.readVarString(), token: reader.readVarString() }
    default:
      throw new AppError("FRAME_TYPE_UNKNOWN", `Message type ${type} is not known`)
  }
}

function readSync(reader: FrameReader): Message {
  const type = reader.readVarUint()
  switch (type) {
    case SyncType.Step1:
      return { type: "sync-step-1", stateVector: readStateVector(reader) }
    case SyncType.Step2:
      return { type: "sync-step-2", update: reader.readVarBytes() }
    case SyncType.Update:
      return { type: "update", update: reader.readVarBytes() }
    default:
      throw new AppError("FRAME_TYPE_UNKNOWN", `Sync message type ${type} is not known`)
  }
}

function readStateVector(reader: FrameReader): Uint8Array {
  const stateVector = reader.readVarBytes()
  if (stateVector.length > Limits.stateVectorBytes)
    throw new AppError("FRAME_LIMIT", `A state vector is at most ${Limits.stateVectorBytes} bytes`)
  return stateVector
}

function readAuth(reader: FrameReader): Message {
  const type = reader.readVarUint()
  if (type !== 0) throw new AppError("FRAME_TYPE_UNKNOWN", `Auth message type ${type} is not known`)
  return { type: "permission-denied", reason: reader.readVarString() }
}

function readDurable(reader: FrameReader): Message {
  const count = reader.readVarUint()
  if (reader.done) return { type: "durable", count, host: null }
  const state = reader.readVarUint()
  if (!isHostState(state)) throw new AppError("FRAME_TYPE_UNKNOWN", `Host state ${state} is not known`)
  return { type: "durable", count, host: { state, waiting: reader.readVarUint() } }
}

function isHostState(value: number): value is HostState {
  return value >= HostState.None && value <= HostState.Ended
}

/** Writes one message as one frame. */
export function writeMessage(message: Message): Uint8Array {
  const encoder = createEncoder()
  switch (message.type) {
    case "sync-step-1":
      writeVarUint(encoder, MessageType.Sync)
      writeVarUint(encoder, SyncType.Step1)
      writeVarUint8Array(encoder, message.stateVector)
      break
    case "sync-step-2":
    case "update":
      writeVarUint(encoder, MessageType.Sync)
      writeVarUint(encoder, message.type === "update" ? SyncType.Update : SyncType.Step2)
      writeVarUint8Array(encoder, message.update)
      break
    case "awareness":
      writeVarUint(encoder, MessageType.Awareness)
      writeVarUint8Array(encoder, message.update)
      break
    case "permission-denied":
      writeVarUint(encoder, MessageType.Auth)
      writeVarUint(encoder, 0)
      writeVarString(encoder, message.reason)
      break
    case "query-awareness":
      writeVarUint(encoder, MessageType.QueryAwareness)
      break
    case "durable":
      writeVarUint(encoder, MessageType.Durable)
      writeVarUint(encoder, message.count)
      if (message.host !== null) {
        writeVarUint(encoder, message.host.state)
        writeVarUint(encoder, message.host.waiting)
      }
      break
    case "moved":
      writeVarUint(encoder, MessageType.Moved)
      writeVarString(encoder, message.origin)
      writeVarString(encoder, message.token)
      break
  }
  return toUint8Array(encoder)
}

/** One client's entry in an awareness update; `state` is null when the client has gone. */
export interface AwarenessEntry {
  clientId: number
  clock: number
  state: Record<string, unknown> | null
}

/**
 * Reads the payload of an awareness message. What it gives can be written again.
 * @throws AppError FRAME_TRUNCATED, FRAME_NUMBER_TOO_LARGE, FRAME_TEXT_INVALID, FRAME_LIMIT
 */
export function readAwarenessEntries(update: Uint8Array): AwarenessEntry[] {
  const reader = new FrameReader(update)
  const count = reader.readVarUint()
  const entries: AwarenessEntry[] = []
  for (let index = 0; index < count; index += 1) {
    const clientId = reader.readVarUint()
    const clock = reader.readVarUint()
    entries.push({ clientId, clock, state: parseState(reader.readVarString()) })
  }
  return entries
}

function parseState(json: string): Record<string, unknown> | null {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw new AppError("FRAME_TEXT_INVALID", "An awareness state is not JSON", { cause })
  }
  if (value === null) return null
  if (isDeeperThan(value, Limits.awarenessDepth)) {
    throw new AppError(
      "FRAME_LIMIT",
      `An awareness state is nested more than ${Limits.awarenessDepth} levels deep`,
    )
  }
  if (isRecord(value)) return value
  throw new AppError("FRAME_TEXT_INVALID", "An awareness state is neither an object nor null")
}

// JSON.parse takes any depth, JSON.stringify does not: such a state could be read but never passed on.
function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** Writes the payload of an awareness message. */
export function writeAwarenessEntries(entries: readonly AwarenessEntry[]): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, entries.length)
  for (const entry of entries) {
    writeVarUint(encoder, entry.clientId)
    writeVarUint(encoder, entry.clock)
    writeVarString(encoder, JSON.stringify(entry.state))
  }
  return toUint8Array(encoder)
}
