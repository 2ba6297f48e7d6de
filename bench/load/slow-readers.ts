import { setTimeout as delay } from "node:timers/promises"
import * as Y from "yjs"
import { Dialect } from "./dialect.ts"
import { clientFrame, type RawSocket } from "./raw-socket.ts"
import { closed, join, type Target } from "./seeded-room.ts"
import { until } from "./until.ts"

const readers = 5
/** More than the kernel holds for a connection that nobody reads. */
const pasteBytes = 200_000
const pastes = 60
const pasteEveryMs = 200
const pauseMs = 45_000
const deadline = 60_000

/** One room in which somebody replaces the whole text again and again while others read nothing, and then everything. */
export class SlowReaders {
  catchUps = 0
  readonly #target: Target
  readonly #dialect: Dialect
  readonly #doc = new Y.Doc()
  readonly #sockets: RawSocket[] = []
  #made: Uint8Array | null = null
  #caughtUp = 0
  #lastWord: string | null = null

  constructor({ url, dialect, room }: Target) {
    const slow = `${room}-slow`
    this.#target = { dialect, room: slow, url: url.replace(room, slow) }
    this.#dialect = new Dialect(dialect, slow)
    this.#doc.on("update", (update: Uint8Array) => {
      this.#made = update
    })
  }

  /** @throws Error when a reader does not get what it missed. */
  async run(isOver: () => boolean): Promise<void> {
    const { socket } = await join(this.#target, () => {}, closed)
    this.#sockets.push(socket)
    const slow = await Promise.all(Array.from({ length: readers }, () => this.#open()))
    for (let burst = 0; !isOver(); burst += 1) {
      for (const reader of slow) reader.pause()
      for (let paste = 0; paste < pastes && !isOver(); paste += 1) {
        socket.send(clientFrame(this.#dialect.update(this.#replace(`burst ${burst}, paste ${paste}: `))))
        await delay(pasteEveryMs)
      }
      await this.#catchUp(socket, slow, burst)
      for (const end = performance.now() + pauseMs; performance.now() < end && !isOver(); ) await delay(100)
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async #catchUp(writer: RawSocket, slow: readonly RawSocket[], burst: number): Promise<void> {
    const word = `<<the last of ${burst}>>`
    this.#caughtUp = 0
    this.#lastWord = word
    writer.send(clientFrame(this.#dialect.update(this.#replace(word))))
    for (const reader of slow) reader.resume()
    if (!(await until(() => this.#caughtUp === readers, deadline)))
      throw new Error(`${readers - this.#caughtUp} slow readers never got what they had missed`)
    this.catchUps += readers
    this.#lastWord = null
  }

  async #open(): Promise<RawSocket> {
    let had: string | null = null
    const look = (buffer: Buffer, start: number, end: number): void => {
      const word = this.#lastWord
      if (word === null || had === word || !buffer.subarray(start, end).includes(word)) return
      had = word
      this.#caughtUp += 1
    }
    const { socket } = await join(this.#target, look, closed)
    this.#sockets.push(socket)
    return socket
  }

  #replace(word: string): Uint8Array {
    const text = this.#doc.getText("codemirror")
    this.#doc.transact(() => {
      text.delete(0, text.length)
      text.insert(0, word + "pasted ".repeat(pasteBytes / 7))
    })
    if (this.#made === null) throw new Error("A paste made no update")
    return this.#made
  }
}
