import type { Logger } from "pino"
import { type RawData, WebSocket } from "ws"
import { type Absence, AbsenceWatch } from "../../protocol/absence.ts"
import { isFinal } from "../../protocol/close-code.ts"
import { AppError } from "../../protocol/errors.ts"
import { webSocketOrigin } from "../../protocol/invite.ts"
import { Limits } from "../../protocol/limits.ts"
import {
  type AwarenessEntry,
  type HostReport,
  HostState,
  type Message,
  readAwarenessEntries,
  writeMessage,
} from "../../protocol/message.ts"
import { mayWrite, type Role } from "../../protocol/role.ts"
import { hasPending } from "../sync/document.ts"
import { emptyUpdate } from "../sync/empty-update.ts"
import { readFrame } from "../sync/read-frame.ts"
import type { Room, RoomObserver } from "../sync/room.ts"
import type { Source } from "../sync/source.ts"
import type { RoomChange } from "../sync/telling.ts"
import { Backoff } from "./backoff.ts"
import { clocksOf, isAhead } from "./document-state.ts"
import { HostLedger } from "./host-ledger.ts"
import { HostSession } from "./host-session.ts"
import { defaultTiming, type LinkTiming } from "./link-timing.ts"
import { cutOnSilence } from "./silence.ts"

/** Where the document lives, and by what right we read it. */
export interface ReplicaTarget {
  /** `http(s)://HOST[:PORT]` */
  origin: string
  token: string
  role: Role
}

type LinkState =
  | { name: "new" }
  /** Cut, and waiting for the next try. */
  | { name: "away"; retry: NodeJS.Timeout }
  | { name: "connecting"; socket: WebSocket }
  /** Open, and the host has not asked yet for what it lacks. */
  | { name: "greeting"; session: HostSession }
  /** The host was given all that it lacked; since then changes go as they come. */
  | { name: "live"; session: HostSession; since: number }
  | { name: "ended" }
  | { name: "closed" }

/**
 * Keeps a room in step with the host that it was joined from: one y-websocket connection, changes and awareness both
 * ways. There is no queue: what the host lacks is the difference to its state vector, sent whenever a connection opens.
 * It tells the room how the document stands at the host, and says Saved only for what the host has confirmed on the
 * present connection.
 */
export class ReplicaLink implements Source, RoomObserver {
  readonly isUpstream = true
  /** The host's server tells changes, not whose they are. */
  readonly author = ""
  readonly role: Role
  readonly #room: Room
  readonly #target: ReplicaTarget
  readonly #logger: Logger
  readonly #timing: LinkTiming
  readonly #backoff: Backoff
  readonly #ledger = new HostLedger()
  /** Clients that came down from the host; all others in the room go up. */
  readonly #hostClients = new Set<number>()
  /** How much higher the clocks of ours are told to the host than they are here; see `#showAgain`. */
  readonly #raised = new Map<number, number>()
  readonly #onReport: (report: HostReport) => void
  readonly #onReturn: (absence: Absence) => void
  readonly #onMoved: (to: { origin: string; token: string }) => void
  readonly #absence: AbsenceWatch
  readonly #stopObserving: () => void
  #settling: NodeJS.Timeout | null = null
  #closing: Promise<void> | null = null
  #state: LinkState = { name: "new" }
  /** Messages of the host that were given to the room, and those of them that it has taken; over all connections. */
  #given = 0
  #taken = 0

  constructor(options: {
    room: Room
    target: ReplicaTarget
    /** An earlier run or link left changes that the host did not confirm. */
    isUnsent: boolean
    /** Since when the host is out of reach, as the link before this one knows it; null: it was not reached yet. */
    awaySince?: number | null
    logger: Logger
    /** How the document stands at the host; the room is told as well. */
    onReport: (report: HostReport) => void
    /** The host is in reach again, and others had written meanwhile. */
    onReturn: (absence: Absence) => void
    /** What the host invited us to goes on elsewhere. */
    onMoved?: (to: { origin: string; token: string }) => void
    timing?: Partial<LinkTiming>
  }) {
    this.#room = options.room
    this.#target = options.target
    this.role = options.target.role
    this.#logger = options.logger.child({ room: options.room.name, host: options.target.origin })
    this.#timing = { ...defaultTiming, ...options.timing }
    this.#backoff = new Backoff({ baseMs: this.#timing.retryBaseMs, capMs: this.#timing.retryCapMs })
    this.#onReport = options.onReport
    this.#onReturn = options.onReturn
    this.#onMoved = options.onMoved ?? (() => undefined)
    if (options.isUnsent) this.#ledger.addUnknown()
    const { doc } = this.#room
    this.#absence = new AbsenceWatch(
      { text: () => doc.getText("codemirror").toString(), clocks: () => clocksOf(doc) },
      { shortestMs: this.#timing.absenceMs, awaySince: options.awaySince ?? null },
    )
    // An update that waits for its predecessor is told to no observer, and yet it is not at the host.
    const after = () => {
      if (hasPending(doc)) this.#report()
    }
    doc.on("afterTransaction", after)
    const stop = this.#room.observe(this)
    this.#stopObserving = () => {
      stop()
      doc.off("afterTransaction", after)
    }
  }

  /** Whether changes from below go to the host. Where not, the room must refuse them. */
  get writes(): boolean {
    return mayWrite(this.role, this.#room.name)
  }

  /** Whether the host is in reach. */
  get isConnected(): boolean {
    return this.#session !== null
  }

  /** For the link that takes the place of this one: a change of hosts is no absence. */
  awaySince(): number | null {
    return this.#absence.awaySince(Date.now())
  }

  start(): void {
    if (this.#state.name === "new") this.#connect()
  }

  /** Tries at once, where the link waits for its next try: the network or the computer has just come back. */
  retryNow(): void {
    if (this.#state.name !== "away") return
    clearTimeout(this.#state.retry)
    this.#backoff.reset()
    this.#connect()
  }

  /** Sends what is on its way, says goodbye and ends. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const socket = this.#socket
    this.#settle()
    if (this.#state.name === "away") clearTimeout(this.#state.retry)
    this.#state = { name: "closed" }
    this.#stopObserving()
    this.#room.dropAwareness(this)
    this.#report()
    if (socket === null || socket.readyState === WebSocket.CLOSED) return
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(() => socket.terminate(), this.#timing.goodbyeMs)
      socket.once("close", () => {
        clearTimeout(deadline)
        resolve()
      })
      socket.close()
    })
  }

  applied(): void {
    this.#taken += 1
    if (this.#taken === this.#session?.stepTwo && this.#absence.returned())
      this.#settling = setTimeout(() => this.#settle(), this.#timing.absenceSettleMs)
    this.#report()
  }

  rejected(error: AppError): void {
    this.#taken += 1
    this.#fail(error)
  }

  updated(change: RoomChange): void {
    const isFromHost = change.sources.size === 1 && change.sources.has(this)
    if (isFromHost) {
      this.#absence.arrived()
      this.#ask()
    } else {
      this.#settle()
      this.#ledger.add()
      this.#send(change)
    }
    this.#report()
  }

  awareness(entries: readonly AwarenessEntry[], source: Source | null): void {
    if (source === this) {
      for (const { clientId, state } of entries) {
        if (state === null) this.#hostClients.delete(clientId)
        else this.#hostClients.add(clientId)
      }
      return
    }
    this.#session?.sendAwareness(this.#fromBelow(entries))
  }

  get #session(): HostSession | null {
    return this.#state.name === "greeting" || this.#state.name === "live" ? this.#state.session : null
  }

  get #socket(): WebSocket | null {
    return this.#state.name === "connecting" ? this.#state.socket : (this.#session?.socket ?? null)
  }

  #connect(): void {
    const socket = new WebSocket(this.#url(), {
      perMessageDeflate: false,
      maxPayload: Limits.frameBytes,
      handshakeTimeout: this.#timing.handshakeMs,
    })
    this.#state = { name: "connecting", socket }
    socket.on("error", (err) =>
      this.#logger.debug({ event: "replica-socket-error", err }, "The host's socket failed"),
    )
    socket.on("upgrade", ({ socket: connection }) => cutOnSilence(socket, connection, this.#timing))
    socket.on("open", () => this.#greet(socket))
    socket.on("message", (data, isBinary) => {
      if (this.#socket === socket) this.#read(data, isBinary)
    })
    socket.on("close", (code, reason) => {
      if (this.#socket === socket) this.#lost(code, reason.toString())
    })
    this.#report()
  }

  #url(): string {
    const query = new URLSearchParams({ token: this.#target.token, durable: "1" })
    // The whole name as one segment: dots and slashes in it are no path.
    return `${webSocketOrigin(this.#target.origin)}/${encodeURIComponent(this.#room.name)}?${query}`
  }

  #greet(socket: WebSocket): void {
    if (this.#socket !== socket) return
    const session = new HostSession({
      socket,
      doc: this.#room.doc,
      bufferBytes: this.#timing.sendBufferBytes,
      onCaughtUp: () => {
        this.#ledger.brought(this.#room.sequence)
        this.#report()
      },
    })
    this.#state = { name: "greeting", session }
    this.#logger.info({ event: "replica-connected" }, "The host answers")
    socket.send(writeMessage({ type: "sync-step-1", stateVector: this.#room.stateVector() }))
    session.sendAwareness(this.#fromBelow(this.#room.awarenessEntries()))
    this.#report()
  }

  #read(data: RawData, isBinary: boolean): void {
    try {
      for (const message of readFrame(data, isBinary)) this.#take(message)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      this.#fail(error)
    }
  }

  #take(message: Message): void {
    const session = this.#session
    if (session === null) return
    switch (message.type) {
      case "sync-step-1":
        this.#answer(session, message.stateVector)
        break
      case "sync-step-2":
      case "update":
        this.#given += 1
        if (session.stepTwo === null) this.#aboutToCome()
        if (message.type === "sync-step-2") session.stepTwo ??= this.#given
        this.#room.receive(message.update, this)
        break
      case "awareness":
        this.#takeAwareness(readAwarenessEntries(message.update))
        break
      case "query-awareness":
        session.sendAwareness(this.#fromBelow(this.#room.awarenessEntries()))
        break
      case "permission-denied":
        this.#logger.warn(
          { event: "replica-denied", reason: message.reason },
          "The host takes no changes from here",
        )
        break
      case "moved":
        this.#onMoved({ origin: message.origin, token: message.token })
        break
      case "durable":
        this.#ledger.confirm(message.count)
        this.#ask()
        this.#report()
        break
    }
  }

  /** Tells what others wrote while the host was away: some time after it is back, or as soon as somebody here writes. */
  #settle(): void {
    if (this.#settling === null) return
    clearTimeout(this.#settling)
    this.#settling = null
    const absence = this.#absence.settled(Date.now())
    if (absence !== null) this.#onReturn(absence)
  }

  #takeAwareness(entries: readonly AwarenessEntry[]): void {
    for (const { clientId, state } of entries) this.#absence.seen(clientId, state)
    this.#room.receiveAwareness(entries, this)
    this.#showAgain(entries.filter(({ state }) => state === null))
  }

  /**
   * The host has dropped somebody who is still here: another link had carried them there, and that one has gone. They are
   * shown again by this one, with a clock that is news to whoever saw them leave.
   */
  #showAgain(dropped: readonly AwarenessEntry[]): void {
    if (dropped.length === 0) return
    const here = new Map(this.#room.awarenessEntries().map((entry) => [entry.clientId, entry]))
    const again = dropped.flatMap(({ clientId, clock }) => {
      const entry = this.#hostClients.has(clientId) ? undefined : here.get(clientId)
      if (entry === undefined) return []
      this.#raised.set(clientId, Math.max(0, clock + 1 - entry.clock))
      return [entry]
    })
    if (again.length > 0) this.#session?.sendAwareness(this.#fromBelow(again))
  }

  /** What is written here must be in the text before anything of the host is. */
  #aboutToCome(): void {
    this.#room.flush()
    this.#absence.returning(Date.now())
  }

  /** Gives the host exactly what it lacks. From here on this connection carries every change. */
  #answer(session: HostSession, stateVector: Uint8Array): void {
    this.#room.flush()
    if (isAhead(this.#room.doc, stateVector)) this.#ledger.addUnknown()
    this.#state = { name: "live", session, since: performance.now() }
    if (this.writes) {
      session.send(writeMessage({ type: "sync-step-2", update: this.#room.missing(stateVector, null) }))
      this.#ledger.brought(this.#room.sequence)
    } else {
      session.send(writeMessage({ type: "sync-step-2", update: emptyUpdate }))
      this.#ledger.asked(this.#room.sequence)
    }
    this.#report()
  }

  /** Sends a change that came from below, or leaves it to the difference that the link will send later. */
  #send(change: RoomChange): void {
    if (this.#state.name !== "live" || !this.writes) return
    const { session } = this.#state
    if (session.isBehind) return
    session.send(writeMessage({ type: "update", update: change.update }))
    this.#ledger.brought(change.sequence)
  }

  /**
   * Asks whether what came from the host is on its disk: an update without content is confirmed when all before it is.
   * One at a time, and only where no change is on its way that asks the same.
   */
  #ask(): void {
    if (this.#state.name !== "live" || this.#state.session.isBehind) return
    if (this.#ledger.inFlight > 0 || this.#ledger.reached >= this.#room.sequence) return
    this.#state.session.send(writeMessage({ type: "update", update: emptyUpdate }))
    this.#ledger.asked(this.#room.sequence)
  }

  #fromBelow(entries: readonly AwarenessEntry[]): AwarenessEntry[] {
    const ours = entries.filter(({ clientId }) => !this.#hostClients.has(clientId))
    return ours.map((entry) => ({ ...entry, clock: entry.clock + (this.#raised.get(entry.clientId) ?? 0) }))
  }

  #lost(code: number, reason: string): void {
    const { name } = this.#state
    if (this.#state.name === "live" && performance.now() - this.#state.since >= this.#timing.stableMs)
      this.#backoff.reset()
    this.#ledger.disconnect()
    this.#settle()
    this.#absence.left(Date.now())
    if (isFinal(code)) {
      this.#state = { name: "ended" }
      this.#logger.warn({ event: "replica-ended", code, reason }, "The host has ended our access")
    } else {
      const wait = this.#backoff.next()
      this.#state = { name: "away", retry: setTimeout(() => this.#connect(), wait) }
      if (name !== "connecting")
        this.#logger.info({ event: "replica-away", code, reason }, "The host is gone; it is tried again")
    }
    this.#room.dropAwareness(this)
    // Told now, while there is no host: the next one is not to hear from us that the last one's people have gone.
    this.#room.flush()
    this.#hostClients.clear()
    this.#raised.clear()
    this.#report()
  }

  /** The host sends what makes no sense. It is tried again, later and later. */
  #fail(error: AppError): void {
    this.#logger.warn(
      { event: "replica-broken", code: error.code, err: error },
      "What the host sent was not taken",
    )
    this.#socket?.terminate()
  }

  #report(): void {
    const report = { state: this.#hostState(), waiting: this.#ledger.waiting }
    this.#room.setHost(report)
    this.#onReport(report)
  }

  #hostState(): HostState {
    switch (this.#state.name) {
      case "new":
      case "away":
      case "connecting":
      case "closed":
        return HostState.Away
      case "ended":
        return HostState.Ended
      case "greeting":
        return HostState.Sending
      case "live":
        return this.#isSaved(this.#state.session) ? HostState.Saved : HostState.Sending
    }
  }

  #isSaved(session: HostSession): boolean {
    const hasHostsState = session.stepTwo !== null && this.#taken >= session.stepTwo
    return hasHostsState && this.#ledger.holds(this.#room.sequence) && !hasPending(this.#room.doc)
  }
}
