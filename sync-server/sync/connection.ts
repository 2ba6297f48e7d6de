import type { Logger } from "pino"
import type { RawData, WebSocket } from "ws"
import * as Y from "yjs"
import { CloseCode } from "../../protocol/close-code.ts"
import { AppError } from "../../protocol/errors.ts"
import { Limits } from "../../protocol/limits.ts"
import {
  type Message,
  readAwarenessEntries,
  readMessages,
  writeAwarenessEntries,
  writeMessage,
} from "../../protocol/message.ts"
import { mayWrite } from "../../protocol/role.ts"
import type { Access } from "../access/tokens.ts"
import { awarenessFrames } from "./awareness-frames.ts"
import { Ledger } from "./ledger.ts"
import type { Member, Room } from "./room.ts"
import type { RoomHandle } from "./room-registry.ts"

/** Past this many bytes in its socket a slow reader gets no more updates; when it has drained, it gets one diff. */
const slowReaderBytes = 1024 * 1024
/** A socket that was challenged answers within this time or is dead. */
const challengeMs = 2_000

/** What a client asked to be told of durability: nothing, the count, or the count and the host's report. */
export type DurableLevel = 0 | 1 | 2

const keepAliveFrame = writeMessage({ type: "awareness", update: writeAwarenessEntries([]) })

/** One client in one room: reads its frames, checks its role, and sends it what the room says. */
export class Connection implements Member {
  readonly isUpstream = false
  readonly access: Access
  readonly #socket: WebSocket
  readonly #room: Room
  readonly #handle: RoomHandle
  readonly #level: DurableLevel
  readonly #logger: Logger
  readonly #onReceived: () => void
  readonly #ledger = new Ledger()
  /** Set while a slow reader is left behind: the state vector of what it was sent. */
  #behind: Uint8Array | null = null
  #denied = false
  #challenge: NodeJS.Timeout | null = null
  #sayScheduled = false
  readonly #bytesRead: () => number
  #seenBytes = 0
  #heard = performance.now()
  lastSent = performance.now()

  constructor(options: {
    socket: WebSocket
    handle: RoomHandle
    access: Access
    durable: DurableLevel
    logger: Logger
    onClose: (connection: Connection) => void
    onReceived: () => void
    /** Bytes that came on the connection below the socket. */
    bytesRead: () => number
  }) {
    this.#socket = options.socket
    this.#handle = options.handle
    this.#room = options.handle.room
    this.#level = options.durable
    this.#logger = options.logger
    this.#onReceived = options.onReceived
    this.#bytesRead = options.bytesRead
    this.access = options.access
    this.#socket.on("message", (data, isBinary) => this.#read(data, isBinary))
    this.#socket.on("pong", () => this.#alive())
    this.#socket.on("error", (err) =>
      this.#logger.debug({ event: "socket-error", err }, "A client's socket failed"),
    )
    this.#socket.on("close", () => {
      this.#end()
      options.onClose(this)
    })
    this.#room.join(this)
    this.#greet()
  }

  get roomName(): string {
    return this.#room.name
  }

  send(frame: Uint8Array): void {
    if (this.#behind !== null) return
    this.#write(frame)
    if (this.#socket.bufferedAmount > slowReaderBytes) this.#behind = Y.encodeStateVector(this.#room.doc)
  }

  durable(sequence: number): void {
    if (this.#ledger.settle(sequence)) this.#sayDurable()
  }

  hostChanged(): void {
    if (this.#level === 2) this.#sayDurable()
  }

  applied(sequence: number): void {
    this.#ledger.record(sequence)
    // A duplicate that is on disk already will not be settled by a later commit.
    if (this.#ledger.settle(this.#room.durableSequence)) this.#sayDurable()
  }

  rejected(error: AppError): void {
    this.#logger.info(
      { event: "update-rejected", room: this.#room.name, err: error },
      "A client sent what is no update",
    )
    this.close(CloseCode.Malformed, "not a Yjs update")
  }

  challenge(): void {
    if (this.#challenge !== null) return
    this.#challenge = setTimeout(() => this.#socket.terminate(), challengeMs)
    this.#socket.ping()
  }

  /**
   * For how long nothing has come, in milliseconds. Bytes count as life, not messages: a large document on a slow
   * line takes longer than the silence that means death.
   */
  silence(now: number): number {
    const bytes = this.#bytesRead()
    if (bytes !== this.#seenBytes) this.#heard = now
    this.#seenBytes = bytes
    return now - this.#heard
  }

  /** Sends something small, so that clients which count silence as death (y-websocket after 30 s) stay. */
  keepAlive(): void {
    this.#write(keepAliveFrame)
    this.#socket.ping()
  }

  close(code: CloseCode, reason: string): void {
    this.#socket.close(code, reason)
  }

  terminate(): void {
    this.#socket.terminate()
  }

  #greet(): void {
    this.#write(this.#room.stepOneFrame())
    this.#sayAwareness()
    if (this.#level === 2) this.#sayDurable()
  }

  #sayAwareness(): void {
    for (const frame of awarenessFrames(this.#room.awarenessEntries())) this.#write(frame)
  }

  #read(data: RawData, isBinary: boolean): void {
    this.#alive()
    if (this.#socket.readyState !== this.#socket.OPEN) return
    try {
      if (!isBinary || !Buffer.isBuffer(data))
        throw new AppError("FRAME_TYPE_UNKNOWN", "Only binary frames are known here")
      for (const message of readMessages(data)) this.#take(message)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      this.#logger.info({ event: "frame-rejected", room: this.#room.name, code: error.code }, error.message)
      this.close(CloseCode.Malformed, error.message)
    }
  }

  #take(message: Message): void {
    switch (message.type) {
      case "sync-step-1":
        this.#answerStepOne(message.stateVector)
        break
      case "sync-step-2":
      case "update":
        this.#onReceived()
        if (mayWrite(this.access.role, this.#room.name) && !this.#room.readOnly)
          this.#room.receive(message.update, this)
        else this.#refuse(message.update)
        break
      case "awareness":
        this.#takeAwareness(message.update)
        break
      case "query-awareness":
        this.#sayAwareness()
        break
      case "permission-denied":
      case "durable":
        // Said by servers only; from a client it means nothing and harms nothing.
        break
    }
  }

  #answerStepOne(stateVector: Uint8Array): void {
    let frame: Uint8Array
    try {
      frame = this.#room.firstFrame(stateVector)
    } catch (cause) {
      throw new AppError("FRAME_TRUNCATED", "This is not a state vector", { cause })
    }
    this.#write(frame)
  }

  #takeAwareness(update: Uint8Array): void {
    if (update.length > Limits.awarenessBytes) {
      throw new AppError("FRAME_LIMIT", `An awareness frame is at most ${Limits.awarenessBytes} bytes`)
    }
    this.#room.receiveAwareness(readAwarenessEntries(update), this)
  }

  /** A reader's step 2 holds nothing new as a rule, and then counts as kept; real changes are denied, said once. */
  #refuse(update: Uint8Array): void {
    if (this.#addsNothing(update)) {
      this.applied(this.#room.sequence)
      return
    }
    if (this.#denied) return
    this.#denied = true
    this.#write(
      writeMessage({ type: "permission-denied", reason: "You can read this document, not edit it." }),
    )
  }

  #addsNothing(update: Uint8Array): boolean {
    try {
      const known = Y.decodeStateVector(Y.encodeStateVector(this.#room.doc))
      return [...Y.parseUpdateMeta(update).to].every(([client, clock]) => clock <= (known.get(client) ?? 0))
    } catch (cause) {
      throw new AppError("FRAME_TRUNCATED", "This is not a Yjs update", { cause })
    }
  }

  /** Told once a turn of the event loop, with whatever is true by then. */
  #sayDurable(): void {
    if (this.#level === 0 || this.#sayScheduled) return
    this.#sayScheduled = true
    setImmediate(() => {
      this.#sayScheduled = false
      const host = this.#level === 2 ? this.#room.host : null
      this.#write(writeMessage({ type: "durable", count: this.#ledger.durable, host }))
    })
  }

  #write(frame: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.lastSent = performance.now()
    this.#socket.send(frame, () => this.#drained())
  }

  #drained(): void {
    if (this.#behind === null || this.#socket.bufferedAmount > 0) return
    const stateVector = this.#behind
    this.#behind = null
    this.send(writeMessage({ type: "update", update: Y.encodeStateAsUpdate(this.#room.doc, stateVector) }))
    this.#sayAwareness()
  }

  #alive(): void {
    this.#heard = performance.now()
    if (this.#challenge === null) return
    clearTimeout(this.#challenge)
    this.#challenge = null
  }

  #end(): void {
    if (this.#challenge !== null) clearTimeout(this.#challenge)
    this.#room.leave(this)
    this.#handle.release()
  }
}
