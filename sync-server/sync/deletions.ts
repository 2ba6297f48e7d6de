import { createEncoder, toUint8Array, writeVarUint } from "lib0/encoding"
import * as Y from "yjs"

interface Range {
  readonly clock: number
  readonly length: number
}

/**
 * What is deleted in a document: ranges of clocks a client, in order and apart from each other. A state vector says nothing
 * of deletions, so every answer to a step 1 carries all of them unless it is known which ones the peer has.
 */
export class Deletions {
  readonly #clients: ReadonlyMap<number, readonly Range[]>
  #encoded: Uint8Array | null = null

  static ofDocument(doc: Y.Doc): Deletions {
    return Deletions.#of(Y.createDeleteSetFromStructStore(doc.store))
  }

  /** @throws Error when it is no update */
  static ofUpdate(update: Uint8Array): Deletions {
    return Deletions.#of(Y.decodeUpdate(update).ds)
  }

  static #of(set: ReturnType<typeof Y.createDeleteSet>): Deletions {
    const clients = new Map<number, Range[]>()
    for (const [client, items] of set.clients) {
      clients.set(client, joined(items.map(({ clock, len }) => ({ clock, length: len }))))
    }
    return new Deletions(clients)
  }

  private constructor(clients: ReadonlyMap<number, readonly Range[]>) {
    this.#clients = clients
  }

  /** As they stand at the end of an update (Yjs' first format). */
  get encoded(): Uint8Array {
    this.#encoded ??= this.#encode()
    return this.#encoded
  }

  get isEmpty(): boolean {
    return this.#clients.size === 0
  }

  /** Those of these that are not among the others. */
  without(others: Deletions): Deletions {
    const left = new Map<number, readonly Range[]>()
    for (const [client, ranges] of this.#clients) {
      const rest = difference(ranges, others.#clients.get(client) ?? [])
      if (rest.length > 0) left.set(client, rest)
    }
    return new Deletions(left)
  }

  #encode(): Uint8Array {
    const encoder = createEncoder()
    writeVarUint(encoder, this.#clients.size)
    // The order in which Yjs writes them, so that equal deletions are equal bytes.
    for (const [client, ranges] of [...this.#clients].sort(([a], [b]) => b - a)) {
      writeVarUint(encoder, client)
      writeVarUint(encoder, ranges.length)
      for (const { clock, length } of ranges) {
        writeVarUint(encoder, clock)
        writeVarUint(encoder, length)
      }
    }
    return toUint8Array(encoder)
  }
}

function joined(ranges: readonly Range[]): Range[] {
  const result: Range[] = []
  for (const range of [...ranges].sort((a, b) => a.clock - b.clock)) {
    const last = result.at(-1)
    if (last === undefined || range.clock > last.clock + last.length) {
      result.push(range)
    } else {
      const end = Math.max(last.clock + last.length, range.clock + range.length)
      result[result.length - 1] = { clock: last.clock, length: end - last.clock }
    }
  }
  return result
}

/** Both are in order; so one walk over both is enough, however many there are. */
function difference(ranges: readonly Range[], others: readonly Range[]): Range[] {
  const left: Range[] = []
  let place = 0
  for (const { clock, length } of ranges) {
    const end = clock + length
    let start = clock
    for (; start < end; place += 1) {
      const other = others[place]
      if (other === undefined || other.clock >= end) break
      if (other.clock > start) left.push({ clock: start, length: other.clock - start })
      start = Math.max(start, other.clock + other.length)
      // It may reach into the next range as well.
      if (other.clock + other.length > end) break
    }
    if (start < end) left.push({ clock: start, length: end - start })
  }
  return left
}
