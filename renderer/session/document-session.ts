import { readVarString, readVarUint } from "lib0/decoding"
import { Awareness } from "y-protocols/awareness"
import { WebsocketProvider } from "y-websocket"
import * as Y from "yjs"
import { type HostReport, HostState, MessageType } from "../../protocol/message.ts"
import { freePeer, parsePresence, presenceUser } from "../../protocol/presence.ts"
import { mayWrite, type Role } from "../../protocol/role.ts"
import { DeliveryLedger } from "./delivery-ledger.ts"
import { durableSocketClass } from "./durable-socket.ts"
import { GuestAbsence } from "./guest-absence.ts"
import { type CaretLookup, People } from "./people.ts"
import type { Connection, Person, SessionSnapshot } from "./session-snapshot.ts"
import { tokenClaims } from "./token-claims.ts"

/** Subscribers are told at most this often, in milliseconds; a change of connection is told at once. */
const tellEvery = 50
/** How often it is looked whether somebody has become quiet, in milliseconds. */
const quietCheckEvery = 15_000
const maxBackoff = 2500

export interface SessionPerson {
  /** The same for all windows of one person. */
  id: string
  name: string
  /** 1 to 12: the place in the palette. */
  peer: number
}

export interface SessionOptions {
  /** `ws://HOST:PORT`, without the room. */
  url: string
  token: string
  room: string
  person: SessionPerson
  /** The desktop talks to its own server, which may relay a host's document; a guest talks to the host. */
  kind: "desktop" | "guest"
  /** The document goes on at another server; told again whenever this one is reached. */
  onMoved?: (to: { origin: string; token: string }) => void
  /** What the person may do, where it is known better than from the token (a document joined through the own server). */
  role?: Role
}

/**
 * One open document: its Yjs document, its connection, who is in it, and whether the words are safe.
 * It connects when it is made; `destroy` ends it.
 */
export class DocumentSession {
  readonly doc = new Y.Doc()
  readonly text = this.doc.getText("codemirror")
  readonly meta = this.doc.getMap("meta")
  readonly awareness = new Awareness(this.doc)
  /** The origin of every change that an editor of this session makes: what the undo manager captures. */
  readonly editOrigin = { name: "edit of this session" }
  readonly undoManager = new Y.UndoManager(this.text, { trackedOrigins: new Set([this.editOrigin]) })
  readonly room: string
  readonly kind: "desktop" | "guest"
  /** Null on the desktop, whose own server watches. */
  readonly absence: GuestAbsence | null

  readonly #ledger = new DeliveryLedger()
  readonly #people = new People(this.doc.clientID)
  readonly #provider: WebsocketProvider
  readonly #listeners = new Set<() => void>()
  readonly #owner = new AbortController()
  readonly #quietCheck: ReturnType<typeof setInterval>
  #role: Role | null
  #person: SessionPerson
  /** The person as the others see them. */
  #shown: SessionPerson
  /** Whether the document is somebody else's, on the desktop: a guest has chosen a colour with those in use in sight. */
  #isJoined: boolean
  #hasYielded = false
  #caretOf: CaretLookup = () => null
  #connection: Connection = "connecting"
  #since = Date.now()
  /** Since when this connection, or the lack of one, keeps everything unconfirmed; null once it is confirmed. */
  #unconfirmedSince: number | null = Date.now()
  #closeCode: number | null = null
  #loaded = false
  #denied = false
  #host: HostReport | null = null
  #hostSince: number | null = null
  #lastPeople: readonly Person[] = []
  #snapshot: SessionSnapshot | null = null
  #tellTimer: ReturnType<typeof setTimeout> | null = null

  constructor(options: SessionOptions) {
    this.room = options.room
    this.kind = options.kind
    this.absence = options.kind === "guest" ? new GuestAbsence(this.doc, this.text, this.awareness) : null
    this.#role = options.role ?? tokenClaims(options.token).role ?? null
    this.#person = options.person
    this.#shown = options.person
    this.#isJoined = options.kind === "desktop" && options.role !== undefined
    this.awareness.setLocalState({ user: presenceUser(options.person) })
    this.#people.seen([this.doc.clientID], Date.now())
    this.#provider = this.#connect(options)
    // After the provider's own listener: the frame of a change is counted before the change is booked.
    this.doc.on("update", this.#updated)
    this.meta.observe(this.#changed)
    this.awareness.on("change", this.#peopleChanged)
    this.#quietCheck = setInterval(this.#changed, quietCheckEvery)
    if (typeof window !== "undefined") {
      window.addEventListener("online", () => this.reconnectNow(), { signal: this.#owner.signal })
    }
  }

  #connect(options: SessionOptions): WebsocketProvider {
    const provider = new WebsocketProvider(options.url, roomPath(options.room), this.doc, {
      connect: false,
      awareness: this.awareness,
      params: connectionParams(options.kind, options.token),
      WebSocketPolyfill: durableSocketClass(this.#ledger),
      maxBackoffTime: maxBackoff,
      disableBc: true,
    })
    provider.messageHandlers[MessageType.Durable] = (_encoder, decoder) => {
      const count = readVarUint(decoder)
      const host = decoder.pos < decoder.arr.length ? [readVarUint(decoder), readVarUint(decoder)] : null
      this.#durable(count, host)
    }
    provider.messageHandlers[MessageType.Moved] = (_encoder, decoder) => {
      options.onMoved?.({ origin: readVarString(decoder), token: readVarString(decoder) })
    }
    provider.messageHandlers[MessageType.Auth] = () => {
      this.#denied = true
      this.#changed()
    }
    provider.on("status", ({ status }) => this.#statusChanged(status))
    provider.on("sync", (synced) => this.#syncChanged(synced))
    provider.on("connection-close", (event) => {
      if (event !== null) this.#closeCode = event.code
    })
    provider.on("closed", () => this.#setConnection("refused"))
    provider.connect()
    return provider
  }

  /** For `useSyncExternalStore`. Returns what ends the subscription. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** For `useSyncExternalStore`: the same object until something changes. */
  readonly snapshot = (): SessionSnapshot => {
    this.#snapshot ??= this.#takeSnapshot(Date.now())
    return this.#snapshot
  }

  /** A colour that is chosen now is kept, whoever else has it. */
  setPerson(person: SessionPerson): void {
    this.#isJoined = this.#isJoined && person.peer === this.#person.peer
    this.#person = person
    this.#show(this.#isJoined ? { ...person, peer: this.#shown.peer } : person)
  }

  /** The others see nobody here, as long as it is not in front of anybody. */
  disappear(): void {
    this.awareness.setLocalState(null)
  }

  appear(): void {
    if (this.awareness.getLocalState() === null)
      this.awareness.setLocalState({ user: presenceUser(this.#shown) })
  }

  /** The role changed while the document is open, or became known. */
  setRole(role: Role): void {
    this.#role = role
    this.#denied = false
    this.#changed()
  }

  /** The server is somewhere else from now on, or takes another token: reconnects there, with the same document. */
  setServer(address: { url: string; token: string }): void {
    const serverUrl = address.url.replace(/\/+$/, "")
    const isSame = serverUrl === this.#provider.serverUrl && address.token === this.#provider.params["token"]
    if (isSame) return
    this.#provider.serverUrl = serverUrl
    this.#provider.params = connectionParams(this.kind, address.token)
    this.#provider.disconnect()
    this.#setConnection("away")
    this.reconnectNow()
  }

  /** Tries at once instead of at the end of the pause; also after a refusal. Nothing happens while connected. */
  reconnectNow(): void {
    if (this.#provider.wsconnected || this.#owner.signal.aborted) return
    this.#provider.wsUnsuccessfulReconnects = 0
    // An attempt that hangs (a network that swallows packets) is given up for a new one.
    this.#provider.disconnect()
    if (this.#connection === "refused") this.#setConnection("away")
    this.#provider.connect()
  }

  /**
   * An editor says where carets stand; null when it goes. A session without an editor knows no places.
   * The editor calls `caretsMoved` afterwards whenever a caret's line may have changed.
   */
  setCaretLookup(lookup: CaretLookup | null): void {
    this.#caretOf = lookup ?? (() => null)
    this.#changed()
  }

  /** A caret's line may have changed; `writers` are clients whose words were just seen to arrive. */
  caretsMoved(writers: readonly number[]): void {
    this.#people.seen(writers, Date.now())
    this.#changed()
  }

  /** Says goodbye and frees everything. The document cannot be used afterwards. */
  destroy(): void {
    if (this.#owner.signal.aborted) return
    this.#owner.abort()
    clearInterval(this.#quietCheck)
    if (this.#tellTimer !== null) clearTimeout(this.#tellTimer)
    this.#listeners.clear()
    this.awareness.off("change", this.#peopleChanged)
    this.doc.off("update", this.#updated)
    this.undoManager.destroy()
    // Peers learn at once that the caret is gone, instead of after the server notices the closed socket.
    this.awareness.setLocalState(null)
    this.#provider.destroy()
    this.awareness.destroy()
    this.doc.destroy()
  }

  readonly #updated = (_update: Uint8Array, origin: unknown): void => {
    if (origin === this.#provider) return
    this.#ledger.edited(Date.now())
    this.#people.seen([this.doc.clientID], Date.now())
    this.#changed()
  }

  readonly #peopleChanged = (change: { added: number[]; updated: number[]; removed: number[] }): void => {
    this.#people.seen([...change.added, ...change.updated], Date.now())
    this.#people.left(change.removed)
    if (this.#isJoined) this.#yieldColour()
    this.#changed()
  }

  /**
   * Whoever comes to somebody else's document leaves the colours that are in use to those who were there. Two who come at the same
   * moment may choose alike; then the one with the higher client id chooses again.
   */
  #yieldColour(): void {
    const states = [...this.awareness.getStates()]
    const others = states.flatMap(([clientId, state]) => {
      const user = clientId === this.doc.clientID ? null : parsePresence(state, clientId)
      return user === null || user.id === this.#person.id ? [] : [{ clientId, peer: user.peer }]
    })
    const { peer } = this.#shown
    const rivals = others.filter((other) => other.peer === peer)
    const yields = rivals.some(({ clientId }) => !this.#hasYielded || clientId < this.doc.clientID)
    if (!yields) return
    this.#hasYielded = true
    this.#show({ ...this.#person, peer: freePeer(others.map((other) => other.peer)) })
  }

  #show(person: SessionPerson): void {
    this.#shown = person
    this.awareness.setLocalStateField("user", presenceUser(person))
  }

  #statusChanged(status: "connected" | "disconnected" | "connecting"): void {
    switch (status) {
      case "connecting":
        // A higher clock: peers who saw us leave ignore the old one until the next renewal, up to 15 s later.
        this.awareness.setLocalState(this.awareness.getLocalState())
        return
      case "connected":
        this.#setConnection("connected")
        return
      case "disconnected":
        this.#setConnection("away")
    }
  }

  #setConnection(connection: Connection): void {
    if (connection !== "connected") this.absence?.connectionLost()
    if (connection !== "connected" && this.#unconfirmedSince === null) this.#unconfirmedSince = Date.now()
    if (this.#connection === connection) return
    this.#connection = connection
    this.#since = Date.now()
    this.#changed()
    this.#tell()
  }

  #syncChanged(synced: boolean): void {
    const isFirst = synced && !this.#loaded
    if (synced) {
      this.#loaded = true
      this.absence?.synced()
      this.#closeCode = null
    }
    this.#confirm()
    this.#changed()
    // The text is on the screen in this very turn: the next key must not fall on an editor that is still read only.
    if (isFirst) this.#tell()
  }

  #durable(count: number, host: readonly number[] | null): void {
    this.#ledger.durable(count)
    const [state, waiting = 0] = host ?? []
    if (isHostState(state)) this.#setHost({ state, waiting })
    this.#confirm()
    this.#changed()
  }

  #setHost(report: HostReport): void {
    const behind = report.state !== HostState.None && report.state !== HostState.Saved
    this.#hostSince = behind ? (this.#hostSince ?? Date.now()) : null
    this.#host = report
  }

  /** Takes the connection for confirmed once the server's whole document is here and our answer is on its disk. */
  #confirm(): void {
    if (this.#provider.synced && (this.#ledger.answerDurable || this.#readOnly)) this.#unconfirmedSince = null
  }

  get #readOnly(): boolean {
    return (
      this.#denied ||
      this.#connection === "refused" ||
      (this.#role !== null && !mayWrite(this.#role, this.room))
    )
  }

  readonly #changed = (): void => {
    this.#snapshot = null
    if (this.#tellTimer === null && !this.#owner.signal.aborted) {
      this.#tellTimer = setTimeout(() => this.#tell(), tellEvery)
    }
  }

  #tell(): void {
    if (this.#tellTimer !== null) clearTimeout(this.#tellTimer)
    this.#tellTimer = null
    for (const listener of [...this.#listeners]) listener()
  }

  /** The same list as before while nobody in it has changed: most snapshots are about one's own typing. */
  #peopleNow(now: number): readonly Person[] {
    const next = this.#people.list(this.awareness.getStates(), this.#caretOf, now)
    if (JSON.stringify(next) !== JSON.stringify(this.#lastPeople)) this.#lastPeople = next
    return this.#lastPeople
  }

  #takeSnapshot(now: number): SessionSnapshot {
    // The server need not acknowledge anything to somebody who may not write.
    const oldest = this.#readOnly ? this.#ledger.oldestEdit : this.#ledger.oldest
    const waitingSince = earliest(this.#unconfirmedSince, oldest)
    const title = this.meta.get("title")
    return {
      connection: this.#connection,
      closeCode: this.#closeCode,
      synced: this.#provider.synced,
      loaded: this.#loaded,
      settled: waitingSince === null,
      unsaved: this.#ledger.messages,
      changes: this.#ledger.edits,
      waitingSince,
      host: this.#host,
      hostSince: this.#hostSince,
      since: this.#since,
      people: this.#peopleNow(now),
      title: typeof title === "string" ? title : "",
      readOnly: this.#readOnly,
    }
  }
}

function connectionParams(kind: "desktop" | "guest", token: string): Record<string, string> {
  return { token, durable: kind === "desktop" ? "2" : "1" }
}

/** A room may hold any character; in the address each part is percent-encoded. */
function roomPath(room: string): string {
  return room.split("/").map(encodeURIComponent).join("/")
}

function isHostState(value: number | undefined): value is HostState {
  return value !== undefined && Object.values(HostState).some((state) => state === value)
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.min(a, b)
}
