import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises"
import { CloseCode } from "../../protocol/close-code.ts"
import { isFolderRoom } from "../../protocol/shared-folder.ts"
import type { Connection } from "./connection.ts"

/** How long silence may last, in milliseconds. */
export interface ConnectionTiming {
  /** How often connections are looked at. */
  lookMs: number
  /** y-websocket reconnects after 30 s without a message; it must hear of us well before. */
  quietMs: number
  /** A connection from which nothing came for this long is gone: two pings and a half. */
  silentMs: number
}
const defaultTiming: ConnectionTiming = { lookMs: 5_000, quietMs: 15_000, silentMs: 45_000 }
/** On a drain, so many clients are told to go, then there is a pause: y-websocket comes back without jitter. */
const drainGroup = 200
const drainPauseMs = 20
/** `ws` waits 30 s for the answer to a close frame; whoever is well answers in the time of a round trip. */
const closeAnswerMs = 2_000
const drainingReason = "The server is restarting"

/** What clients are up to now. */
export interface ClientCounts {
  open: number
  /** They sent something that is not on disk yet. */
  waiting: number
  /** They read too slowly and get no more updates until they have caught up. */
  behind: number
  /** They are not read from, because the disk is slow. */
  paused: number
}

/** All clients of the server: keeps them alive, finds the dead, and sends them away in the end. */
export class Connections {
  readonly #open = new Set<Connection>()
  readonly #sweeper: NodeJS.Timeout
  /** How many connections came by each token. */
  readonly #byToken = new Map<string, number>()
  readonly #quietLooks: number
  readonly #silentLooks: number
  #emptied: (() => void) | null = null

  constructor({ lookMs, quietMs, silentMs }: ConnectionTiming = defaultTiming) {
    // Between two looks nothing is known, so the last one before the time is up counts.
    this.#quietLooks = Math.max(1, quietMs / lookMs - 1)
    this.#silentLooks = Math.max(1, silentMs / lookMs - 1)
    this.#sweeper = setInterval(() => this.#sweep(), lookMs)
  }

  get size(): number {
    return this.#open.size
  }

  counts(): ClientCounts {
    const counts = { open: this.#open.size, waiting: 0, behind: 0, paused: 0 }
    for (const connection of this.#open) {
      if (connection.isWaiting) counts.waiting += 1
      if (connection.isBehind) counts.behind += 1
      if (connection.isPaused) counts.paused += 1
    }
    return counts
  }

  add(connection: Connection): void {
    this.#open.add(connection)
    this.#count(connection, 1)
  }

  remove(connection: Connection): void {
    if (this.#open.delete(connection)) this.#count(connection, -1)
    if (this.#open.size === 0) this.#emptied?.()
  }

  /** How many came by the token of this name. */
  countByToken(id: string): number {
    return this.#byToken.get(id) ?? 0
  }

  /** Ends every connection that came by the token of this name, for good. */
  endByToken(id: string): void {
    for (const connection of this.#open) {
      if (connection.access.tokenId === id) connection.close(CloseCode.Forbidden, "This invite was ended")
    }
  }

  /** Ends every connection in this room that came by a folder's token: its file is not in the folder any more. */
  endFolderGuests(room: string): void {
    for (const connection of this.#open) {
      if (connection.room === room && isFolderRoom(connection.access.room ?? ""))
        connection.close(CloseCode.Forbidden, "This file is not in the shared folder any more")
    }
  }

  /** All who came by a token for this room, which may be a folder's. */
  cameBy(room: string): Connection[] {
    return [...this.#open].filter(({ access }) => access.room === room)
  }

  /** Takes nothing more from anybody. Resolves when what was read is with the rooms. */
  async hold(): Promise<void> {
    for (const connection of this.#open) connection.hold()
    // The last chunks that came are still being read.
    await nextTurn()
  }

  /** Sends everybody away with 1012, in paced groups. Resolves when all have gone; who does not answer is cut. */
  async drain(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      this.#emptied = resolve
    })
    let sent = 0
    for (const connection of [...this.#open]) {
      connection.close(CloseCode.Draining, drainingReason)
      sent += 1
      if (sent % drainGroup === 0) await delay(drainPauseMs)
    }
    if (this.#open.size === 0) return
    const tooLate = setTimeout(() => this.#cut(), closeAnswerMs)
    await gone
    clearTimeout(tooLate)
  }

  /** Cuts whoever is left, and looks after nobody any more. */
  close(): void {
    clearInterval(this.#sweeper)
    this.#cut()
  }

  /** Nobody is waited for, but everybody is told. */
  #cut(): void {
    for (const connection of [...this.#open]) {
      connection.close(CloseCode.Draining, drainingReason)
      connection.terminate()
    }
  }

  #count(connection: Connection, change: 1 | -1): void {
    const id = connection.access.tokenId
    if (id === null) return
    const count = this.countByToken(id) + change
    if (count === 0) this.#byToken.delete(id)
    else this.#byToken.set(id, count)
  }

  #sweep(): void {
    for (const connection of [...this.#open]) {
      connection.look()
      if (connection.silentLooks >= this.#silentLooks) {
        connection.terminate()
        continue
      }
      if (connection.silentLooks >= this.#quietLooks) connection.ping()
      if (connection.quietLooks >= this.#quietLooks) connection.keepAlive()
    }
  }
}
