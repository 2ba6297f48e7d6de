import type { AwarenessEntry } from "../../protocol/message.ts"
import type { AwarenessChange } from "./awareness.ts"
import { awarenessFrames } from "./awareness-frames.ts"
import { frameOf, frameOfPayload } from "./frame.ts"
import type { Source } from "./source.ts"

/** One merged update. `sequence` is its place in the room's log; it is not durable yet. */
export interface RoomChange {
  update: Uint8Array
  sequence: number
  sources: ReadonlySet<Source>
}

const nothing = Buffer.alloc(0)

/**
 * What one flush tells the members of a room: one buffer for all, but for those who would hear only themselves in it. Somebody who
 * moved together with others hears the own state back, which at its own clock is no news to any client.
 */
export class Telling {
  /** What people show, by who showed it; null: by those who have gone. */
  readonly shownBy = new Map<Source | null, AwarenessEntry[]>()
  readonly #updates: readonly { frame: Buffer; onlySource: Source | null }[]
  readonly #shown: readonly AwarenessChange[]
  readonly #common: Buffer
  readonly #apart = new Map<Source, Buffer>()

  constructor(changes: readonly RoomChange[], shown: readonly AwarenessChange[]) {
    this.#updates = changes.map(({ update, sources }) => ({
      frame: frameOf({ type: "update", update }),
      onlySource: onlyOf(sources),
    }))
    this.#shown = shown
    for (const { entry, source } of shown) {
      const entries = this.shownBy.get(source)
      if (entries === undefined) this.shownBy.set(source, [entry])
      else entries.push(entry)
    }
    this.#common = joined([...this.#updates.map(({ frame }) => frame), shownFrames(shown)])
    for (const source of this.#sourcesApart()) this.#apart.set(source, this.#withoutOwn(source))
  }

  /** Whole WebSocket frames in one buffer; empty where there is nothing to tell. */
  framesFor(member: Source): Buffer {
    return this.#apart.get(member) ?? this.#common
  }

  #sourcesApart(): Set<Source> {
    const apart = new Set<Source>()
    for (const { onlySource } of this.#updates) if (onlySource !== null) apart.add(onlySource)
    const onlyShown = onlyOf(this.shownBy)
    if (onlyShown !== null) apart.add(onlyShown)
    // A source takes its own entry with a later clock for news, and goes back to what it showed then.
    for (const { source, isRewritten } of this.#shown) if (isRewritten && source !== null) apart.add(source)
    return apart
  }

  #withoutOwn(source: Source): Buffer {
    const updates = this.#updates.filter(({ onlySource }) => onlySource !== source)
    const shown = this.#shown.filter((change) => change.source !== source)
    return joined([...updates.map(({ frame }) => frame), shownFrames(shown)])
  }
}

function onlyOf<T>(sources: ReadonlySet<T> | ReadonlyMap<T, unknown>): T | null {
  const [only] = sources.keys()
  return sources.size === 1 && only !== undefined ? only : null
}

function shownFrames(shown: readonly AwarenessChange[]): Buffer {
  const payloads = awarenessFrames(shown.map(({ entry }) => entry))
  return joined(payloads.map((payload) => frameOfPayload(payload)))
}

function joined(frames: readonly Buffer[]): Buffer {
  const [first = nothing] = frames
  return frames.length <= 1 ? first : Buffer.concat(frames)
}
