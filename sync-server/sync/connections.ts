import { setTimeout as delay } from "node:timers/promises"
import { CloseCode } from "../../protocol/close-code.ts"
import type { Connection } from "./connection.ts"

/** How often connections are looked at. */
const sweepMs = 5_000
/** y-websocket reconnects after 30 s without a message; it must hear of us well before. */
const quietMs = 15_000
/** A connection from which nothing came for this long is gone: two pings and a half. */
const silentMs = 45_000
/** On a drain, so many clients are told to go, then there is a pause: y-websocket comes back without jitter. */
const drainGroup = 200
const drainPauseMs = 20

/** All clients of the server: keeps them alive, finds the dead, and sends them away in the end. */
export class Connections {
  readonly #open = new Set<Connection>()
  readonly #sweeper: NodeJS.Timeout
  #emptied: (() => void) | null = null

  constructor() {
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs)
  }

  get size(): number {
    return this.#open.size
  }

  add(connection: Connection): void {
    this.#open.add(connection)
  }

  remove(connection: Connection): void {
    this.#open.delete(connection)
    if (this.#open.size === 0) this.#emptied?.()
  }

  /** How many came by the token of this name. */
  countByToken(id: string): number {
    let count = 0
    for (const connection of this.#open) if (connection.access.tokenId === id) count += 1
    return count
  }

  /** Ends every connection that came by the token of this name, for good. */
  endByToken(id: string): void {
    for (const connection of this.#open) {
      if (connection.access.tokenId === id) connection.close(CloseCode.Forbidden, "This invite was ended")
    }
  }

  /** Sends everybody away with 1012, in paced groups. Resolves when all have gone. */
  async drain(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      this.#emptied = resolve
    })
    let sent = 0
    for (const connection of [...this.#open]) {
      connection.close(CloseCode.Draining, "The server is restarting")
      sent += 1
      if (sent % drainGroup === 0) await delay(drainPauseMs)
    }
    if (this.#open.size > 0) await gone
  }

  /** Cuts whoever is left. */
  close(): void {
    clearInterval(this.#sweeper)
    for (const connection of [...this.#open]) connection.terminate()
  }

  #sweep(): void {
    const now = performance.now()
    for (const connection of [...this.#open]) {
      const silence = connection.silence(now)
      if (silence > silentMs) connection.terminate()
      else if (silence > quietMs || now - connection.lastSent > quietMs) connection.keepAlive()
    }
  }
}
