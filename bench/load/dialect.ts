/**
 * How a client speaks to each of the servers. All of them carry y-protocols' sync messages; Hocuspocus puts the
 * document's name before each and wants a token first.
 */
import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from "lib0/encoding"
import * as Y from "yjs"
import { VarUints } from "./var-uints.ts"

export const dialectNames = ["y-websocket", "hocuspocus"] as const
export type DialectName = (typeof dialectNames)[number]

/** What a frame of the server is, as far as a benchmark cares. */
export type FrameKind = "document" | "update" | "awareness" | "acknowledgement" | "other"

const awarenessType = 1
const Sync = { Step1: 0, Step2: 1, Update: 2 } as const

export class Dialect {
  readonly #name: DialectName
  readonly #prefix: Uint8Array

  constructor(name: DialectName, room: string) {
    this.#name = name
    const encoder = createEncoder()
    if (name === "hocuspocus") writeVarString(encoder, room)
    this.#prefix = toUint8Array(encoder)
  }

  /** What a client that has nothing sends first, a frame each. */
  hello(): Uint8Array[] {
    const step1 = this.#sync(Sync.Step1, Y.encodeStateVector(new Y.Doc()))
    if (this.#name === "y-websocket") return [step1]
    const token = this.#message((encoder) => {
      writeVarUint(encoder, 2)
      writeVarUint(encoder, 0)
      writeVarString(encoder, "any")
    })
    return [token, step1]
  }

  update(update: Uint8Array): Uint8Array {
    return this.#sync(Sync.Update, update)
  }

  awareness(update: Uint8Array): Uint8Array {
    return this.#message((encoder) => {
      writeVarUint(encoder, awarenessType)
      writeVarUint8Array(encoder, update)
    })
  }

  kind(buffer: Uint8Array, start: number): FrameKind {
    const type = buffer[start + this.#prefix.length]
    if (type === 0) {
      const step = buffer[start + this.#prefix.length + 1]
      return step === Sync.Step2 ? "document" : step === Sync.Update ? "update" : "other"
    }
    if (type === awarenessType) return "awareness"
    const acknowledgement = this.#name === "hocuspocus" ? 8 : 4
    return type === acknowledgement ? "acknowledgement" : "other"
  }

  /** Where the update of a "document" or "update" frame begins; it lasts until the frame's end. */
  updateStart(buffer: Uint8Array, start: number): number {
    let position = start + this.#prefix.length + 2
    while ((buffer[position] ?? 0) >= 0x80) position += 1
    return position + 1
  }

  /** Where the awareness update of an "awareness" frame begins; it lasts until the frame's end. */
  awarenessStart(buffer: Uint8Array, start: number): number {
    let position = start + this.#prefix.length + 1
    while ((buffer[position] ?? 0) >= 0x80) position += 1
    return position + 1
  }

  /** How many of the client's updates are acknowledged now, given how many were. Ours says a number, Hocuspocus one more. */
  acknowledged(buffer: Uint8Array, start: number, before: number): number {
    if (this.#name === "hocuspocus") return before + 1
    return new VarUints(buffer, start + 1).next()
  }

  #sync(step: number, bytes: Uint8Array): Uint8Array {
    return this.#message((encoder) => {
      writeVarUint(encoder, 0)
      writeVarUint(encoder, step)
      writeVarUint8Array(encoder, bytes)
    })
  }

  #message(write: (encoder: ReturnType<typeof createEncoder>) => void): Uint8Array {
    const encoder = createEncoder()
    write(encoder)
    const body = toUint8Array(encoder)
    const message = new Uint8Array(this.#prefix.length + body.length)
    message.set(this.#prefix)
    message.set(body, this.#prefix.length)
    return message
  }
}
