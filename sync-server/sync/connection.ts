import type { Socket } from "node:net"
import type { Logger } from "pino"
import { CloseCode } from "../../protocol/close-code.ts"
import { AppError } from "../../protocol/errors.ts"
import { Limits } from "../../protocol/limits.ts"
import { type Message, readAwarenessEntries, writeAwarenessEntries } from "../../protocol/message.ts"
import { mayWrite } from "../../protocol/role.ts"
import type { Access } from "../access/tokens.ts"
import type { Acknowledgements } from "./acknowledgements.ts"
import { answerStepOne, type HeldAnswer } from "./answers.ts"
import type { ClientMeter } from "./client-meter.ts"
import type { ClientSocket, SocketOwner } from "./client-socket.ts"
import { isEmptyUpdate } from "./empty-update.ts"
import { frameOf } from "./frame.ts"
import { Outbox, type OutboxOwner } from "./outbox.ts"
import { readFrame } from "./read-frame.ts"
import { type DurableLevel, Receipts } from "./receipts.ts"
import type { Member, Room } from "./room.ts"
import type { RoomHandle } from "./room-registry.ts"
import { shownName } from "./shown-name.ts"

/** A socket that was challenged answers within this time or is dead. */
const challengeMs = 2_000

/** Whoever brings updates waits while it is full. */
export interface Throttle {
  readonly isFull: boolean
  /** Calls once, when it is not full. */
  whenFree(resume: () => void): void
}

/** What all connections of a server share. */
export interface ConnectionContext {
  logger: Logger
  meter: ClientMeter
  throttle: Throttle
  acknowledgements: Acknowledgements
  onClose(connection: Connection): void
}

const keepAliveFrame = frameOf({ type: "awareness", update: writeAwarenessEntries([]) })
const deniedFrame = frameOf({
  type: "permission-denied",
  reason: "You can read this document, not edit it.",
})

/** One client in one room: reads its frames, checks its role, and sends it what the room says. */
export class Connection implements Member, SocketOwner, OutboxOwner {
  readonly isUpstream = false
  readonly access: Access
  readonly #context: ConnectionContext
  readonly #socket: ClientSocket
  readonly #stream: Socket
  readonly #handle: RoomHandle
  readonly #outbox: Outbox
  readonly #inflates: boolean
  readonly #receipts: Receipts
  #author: string
  #denied = false
  #heldAnswer: HeldAnswer | null = null
  #challenge: NodeJS.Timeout | null = null
  #state: "open" | "paused" | "held" | "left" = "open"
  #bytesRead = 0
  /** How often in a row it was looked at and nothing had come since the time before. */
  silentLooks = 0
  /** The same for what was sent. */
  quietLooks = 0

  constructor(options: {
    socket: ClientSocket
    /** The connection below the socket. */
    stream: Socket
    handle: RoomHandle
    access: Access
    durable: DurableLevel
    /** The client reads compressed frames. */
    inflates: boolean
    context: ConnectionContext
  }) {
    const { socket, stream, handle } = options
    this.access = options.access
    this.#context = options.context
    this.#socket = socket
    this.#stream = stream
    this.#handle = handle
    this.#outbox = new Outbox({ socket, stream, room: handle.room, owner: this })
    this.#receipts = new Receipts({
      level: options.durable,
      room: handle.room,
      outbox: this.#outbox,
      acknowledgements: options.context.acknowledgements,
    })
    this.#inflates = options.inflates
    this.#author = options.access.claims?.name ?? ""
    socket.owner = this
    this.#room.join(this)
    this.#greet()
  }

  /** The document goes on at another server. A client that does not know of such things stays. */
  tellMoved(origin: string, token: string): void {
    if (this.#receipts.isWanted) this.#outbox.send(frameOf({ type: "moved", origin, token }))
  }

  /** The name of the room that it is in. */
  get room(): string {
    return this.#room.name
  }

  get author(): string {
    return this.#author
  }

  /** Whether it sent something that is not on disk yet. */
  get isWaiting(): boolean {
    return this.#receipts.isWaiting
  }

  /** Whether it reads too slowly, and gets no more updates until it has caught up. */
  get isBehind(): boolean {
    return this.#outbox.isBehind
  }

  /** Whether it is not read from, because the disk is slow. */
  get isPaused(): boolean {
    return this.#state === "paused"
  }

  get #room(): Room {
    return this.#handle.room
  }

  send(frames: Buffer): void {
    this.#outbox.send(frames)
  }

  durable(sequence: number): boolean {
    return this.#receipts.durable(sequence)
  }

  hostChanged(): void {
    this.#receipts.hostChanged()
  }

  applied(sequence: number): void {
    this.#receipts.applied(sequence)
  }

  rejected(error: AppError): void {
    this.#receipts.rejected()
    this.#context.logger.info(
      { event: "update-rejected", room: this.#room.name, err: error },
      "A client's update was not taken",
    )
    this.close(mayPass(error) ? CloseCode.Overloaded : CloseCode.Malformed, error.message)
  }

  challenge(): void {
    if (this.#challenge !== null) return
    const challenge = setTimeout(() => setImmediate(() => this.#giveUp(challenge)), challengeMs)
    this.#challenge = challenge
    this.#socket.ping()
  }

  /**
   * Called again and again by whoever watches over connections. Bytes count as life, not messages: a large document on
   * a slow line takes longer than the silence that means death. And one that is not read from cannot be heard.
   */
  look(): void {
    const { bytesRead } = this.#stream
    this.silentLooks = bytesRead === this.#bytesRead && !this.isPaused ? this.silentLooks + 1 : 0
    this.#bytesRead = bytesRead
    this.quietLooks = this.#outbox.takeWrote() ? 0 : this.quietLooks + 1
  }

  /** Asks for a sign of life. */
  ping(): void {
    this.#socket.ping()
  }

  /** Sends something small, for clients which count silence as death: y-websocket after 30 s. */
  keepAlive(): void {
    this.#outbox.send(keepAliveFrame)
  }

  /** What it showed is gone for the others at once, whenever it answers. */
  close(code: CloseCode, reason: string): void {
    this.#socket.close(code, reason)
    this.#leave()
  }

  terminate(): void {
    this.#socket.terminate()
  }

  /** Takes nothing more from the client, which is about to be closed; what was taken is still acknowledged. */
  hold(): void {
    if (this.#state === "open") this.#socket.pause()
    if (this.#state !== "left") this.#state = "held"
  }

  received(data: unknown, isBinary: unknown): void {
    this.#alive()
    if (this.#state === "left" || this.#socket.readyState !== this.#socket.OPEN) return
    try {
      for (const message of readFrame(data, isBinary)) this.#take(message)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      this.#context.logger.info(
        { event: "frame-rejected", room: this.#room.name, code: error.code },
        error.message,
      )
      this.close(CloseCode.Malformed, error.message)
    }
  }

  ponged(): void {
    this.#alive()
  }

  failed(err: unknown): void {
    this.#context.logger.debug({ event: "socket-error", err }, "A client's socket failed")
    this.#leave()
  }

  closed(): void {
    this.#leave()
    this.#context.onClose(this)
  }

  leftBehind(): void {
    this.#context.meter.leftBehind()
  }

  caughtUp(): void {
    this.#receipts.tellSoon()
  }

  unanswerable(err: unknown): void {
    this.#context.logger.error(
      { event: "document-unreadable", room: this.#room.name, err },
      "A document cannot be read",
    )
    this.close(CloseCode.Overloaded, "The document could not be read")
  }

  #greet(): void {
    try {
      this.#outbox.send(this.#room.stepOneFrame())
    } catch (error) {
      this.unanswerable(error)
      return
    }
    this.#outbox.sendAwareness()
    this.#receipts.hostChanged()
  }

  #take(message: Message): void {
    switch (message.type) {
      case "sync-step-1":
        this.#answerStepOne(message.stateVector)
        break
      case "sync-step-2":
        this.#takeStepTwo(message.update)
        break
      case "update":
        this.#takeUpdate(message.update)
        break
      case "awareness":
        this.#takeAwareness(message.update)
        break
      case "query-awareness":
        this.#outbox.sendAwareness()
        break
      case "permission-denied":
      case "durable":
      case "moved":
        // Said by servers only; from a client it means nothing and harms nothing.
        break
    }
  }

  #answerStepOne(stateVector: Uint8Array): void {
    this.#heldAnswer?.cancel()
    const asker = {
      room: this.#room,
      outbox: this.#outbox,
      inflates: this.#inflates,
      meter: this.#context.meter,
      owner: this,
    }
    this.#heldAnswer = answerStepOne(asker, stateVector)
  }

  #takeStepTwo(update: Uint8Array): void {
    const answer = this.#heldAnswer
    this.#heldAnswer = null
    answer?.answer(update)
    this.#takeUpdate(update)
  }

  #takeUpdate(update: Uint8Array): void {
    this.#context.meter.received()
    const isEmpty = isEmptyUpdate(update)
    if (isEmpty && !this.#receipts.isInInbox) {
      this.#receipts.empty()
    } else if (isEmpty || this.#mayTake(update)) {
      this.#receipts.given()
      this.#room.receive(update, this)
      if (this.#context.throttle.isFull) this.#pause()
    } else {
      this.#deny()
    }
  }

  /** A reader's step 2 holds nothing new as a rule, and then counts as kept. */
  #mayTake(update: Uint8Array): boolean {
    const isWriter = mayWrite(this.access.role, this.#room.name) && !this.#room.readOnly
    return isWriter || this.#room.holds(update)
  }

  /** Said once. */
  #deny(): void {
    if (this.#denied) return
    this.#denied = true
    this.#outbox.send(deniedFrame)
  }

  #takeAwareness(update: Uint8Array): void {
    if (update.length > Limits.awarenessBytes) {
      throw new AppError("FRAME_LIMIT", `An awareness frame is at most ${Limits.awarenessBytes} bytes`)
    }
    const entries = readAwarenessEntries(update)
    this.#author = shownName(entries) ?? this.#author
    this.#room.receiveAwareness(entries, this)
  }

  /** The disk is slow: what this client sends next stays in its own socket, and in the end with itself. */
  #pause(): void {
    if (this.#state !== "open") return
    this.#state = "paused"
    this.#socket.pause()
    this.#context.throttle.whenFree(() => this.#resume())
  }

  #resume(): void {
    if (this.#state !== "paused") return
    this.#state = "open"
    this.#socket.resume()
  }

  /** A turn after the time is up: where this process stood still, the answer is here and only not read yet. */
  #giveUp(challenge: NodeJS.Timeout): void {
    if (this.#challenge === challenge) this.#socket.terminate()
  }

  #alive(): void {
    if (this.#challenge === null) return
    clearTimeout(this.#challenge)
    this.#challenge = null
  }

  #leave(): void {
    if (this.#state === "left") return
    // A socket that is not read from would not see its own end.
    if (this.#state !== "open") this.#socket.resume()
    this.#state = "left"
    this.#alive()
    this.#heldAnswer?.cancel()
    this.#room.leave(this)
    this.#handle.release()
  }
}

/** Whether it may be taken when the client comes back with it. */
function mayPass({ code }: AppError): boolean {
  return code === "STORE_DAMAGED" || code === "MERGE_LATER"
}
