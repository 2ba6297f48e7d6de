import type { ChangeDesc } from "@codemirror/state"
import { type PresenceUser, parsePresence } from "../../protocol/presence.ts"
import { readCursor, resolveCursor, type SharedCursor } from "./shared-cursor.ts"
import type { TextBinding } from "./text-binding.ts"

/** One client's caret and selection, in positions of the editor. */
export interface RemoteCursor {
  readonly clientId: number
  user: PresenceUser
  anchor: number
  head: number
  /** When that person last moved it, milliseconds since 1970; what others write does not move it. */
  movedAt: number
}

interface Tracked {
  user: PresenceUser
  shared: SharedCursor
  /** Null while it stands in words that have not arrived yet. */
  cursor: RemoteCursor | null
}

/**
 * Where the others are. A position is worked out from its relative form only when its owner moves; between moves it is
 * carried along with the text's changes, so that fifty people cost little while one types.
 */
export class RemoteCursors {
  readonly #binding: TextBinding
  readonly #self: number
  readonly #tracked = new Map<number, Tracked>()

  constructor(binding: TextBinding, selfClientId: number) {
    this.#binding = binding
    this.#self = selfClientId
  }

  /** In the order of their clients' numbers, which does not change while they are here. */
  list(): RemoteCursor[] {
    const cursors = [...this.#tracked.values()].flatMap(({ cursor }) => (cursor === null ? [] : [cursor]))
    return cursors.sort((a, b) => a.clientId - b.clientId)
  }

  get(clientId: number): RemoteCursor | null {
    return this.#tracked.get(clientId)?.cursor ?? null
  }

  /** These clients' states changed, or are gone. */
  statesChanged(clientIds: Iterable<number>, states: ReadonlyMap<number, unknown>, now: number): void {
    for (const clientId of clientIds) {
      if (clientId !== this.#self) this.#read(clientId, states.get(clientId), now)
    }
  }

  /** The editor's text changed. Returns whose caret stands where somebody else wrote: it was they who wrote it. */
  textChanged(changes: ChangeDesc, options: { remote: boolean; now: number }): number[] {
    const writers: number[] = []
    for (const [clientId, tracked] of this.#tracked) {
      const { cursor } = tracked
      if (cursor === null) {
        this.#resolve(clientId, tracked, options.now)
        continue
      }
      if (options.remote && touches(changes, cursor.head)) {
        cursor.movedAt = options.now
        writers.push(clientId)
      }
      cursor.anchor = changes.mapPos(cursor.anchor, 1)
      cursor.head = changes.mapPos(cursor.head, 1)
    }
    return writers
  }

  #read(clientId: number, state: unknown, now: number): void {
    const user = parsePresence(state, clientId)
    const shared = readCursor(state)
    if (user === null || shared === null) {
      this.#tracked.delete(clientId)
      return
    }
    const known = this.#tracked.get(clientId)
    const tracked: Tracked = { user, shared, cursor: known?.cursor ?? null }
    this.#tracked.set(clientId, tracked)
    this.#resolve(clientId, tracked, now)
  }

  #resolve(clientId: number, tracked: Tracked, now: number): void {
    const place = resolveCursor(this.#binding, tracked.shared)
    const old = tracked.cursor
    if (place === null) {
      tracked.cursor = null
      return
    }
    const still = old !== null && old.anchor === place.anchor && old.head === place.head
    tracked.cursor = { clientId, user: tracked.user, ...place, movedAt: still ? old.movedAt : now }
  }
}

/** Whether a change ends or begins at the position. */
function touches(changes: ChangeDesc, position: number): boolean {
  let found = false
  changes.iterChangedRanges((from, to) => {
    found ||= from === position || to === position
  })
  return found
}
