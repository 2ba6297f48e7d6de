import type { Logger } from "pino"
import { type HostReport, HostState } from "../../protocol/message.ts"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import type { RoomHandle } from "../sync/room-registry.ts"
import type { ReplicaRecords } from "./replica-records.ts"

interface Held {
  wanted: boolean
  isMarked: boolean
  handle: RoomHandle | null
  acquiring: boolean
  /** Marks are written one after the other. */
  written: Promise<void>
}

/**
 * Keeps joined rooms loaded while changes of theirs wait for the host, though every window is closed: they go there by
 * themselves when it answers. Across a restart it knows them by a mark in the store.
 */
export class UnsentRooms {
  readonly #records: ReplicaRecords
  readonly #acquire: (room: RoomName) => Promise<RoomHandle>
  readonly #logger: Logger
  readonly #rooms = new Map<RoomName, Held>()

  constructor(options: {
    records: ReplicaRecords
    acquire: (room: RoomName) => Promise<RoomHandle>
    logger: Logger
  }) {
    this.#records = options.records
    this.#acquire = options.acquire
    this.#logger = options.logger
  }

  /** Loads the rooms that an earlier run left with changes; each is let go when the host has them. */
  async resume(): Promise<void> {
    try {
      for (const name of await this.#records.listUnsent()) {
        const handle = await this.#acquire(parseRoomName(name))
        handle.release()
      }
    } catch (err) {
      this.#logger.warn(
        { event: "unsent-not-resumed", err },
        "Changes for a host wait until their document is opened",
      )
    }
  }

  /** How the room stands at its host now. */
  note(room: RoomName, { state, waiting }: HostReport): void {
    const held = this.#held(room)
    const isOver = state === HostState.Saved || state === HostState.Ended
    held.wanted = waiting > 0 && !isOver
    if (isOver) this.#mark(room, held, false)
    // Marked only while the host is away: with it there, a change waits for milliseconds.
    else if (held.wanted && state === HostState.Away) this.#mark(room, held, true)
    void this.#settle(room, held)
  }

  /** The room is in the store as unsent already. */
  marked(room: RoomName): void {
    this.#held(room).isMarked = true
  }

  /** Resolves when the room's mark is on disk. */
  async written(room: RoomName): Promise<void> {
    await this.#rooms.get(room)?.written
  }

  #held(room: RoomName): Held {
    const known = this.#rooms.get(room)
    if (known !== undefined) return known
    const held: Held = {
      wanted: false,
      isMarked: false,
      handle: null,
      acquiring: false,
      written: Promise.resolve(),
    }
    this.#rooms.set(room, held)
    return held
  }

  #mark(room: RoomName, held: Held, isUnsent: boolean): void {
    if (held.isMarked === isUnsent) return
    held.isMarked = isUnsent
    held.written = held.written.then(async () => {
      try {
        await (isUnsent ? this.#records.markUnsent(room) : this.#records.clearUnsent(room))
      } catch (err) {
        // The changes themselves are in the room's log; without the mark they go when the document is next opened.
        this.#logger.warn(
          { event: "unsent-mark-failed", room, err },
          "It could not be noted what the host lacks",
        )
      }
    })
  }

  async #settle(room: RoomName, held: Held): Promise<void> {
    if (held.acquiring) return
    if (!held.wanted) {
      held.handle?.release()
      held.handle = null
      return
    }
    if (held.handle !== null) return
    held.acquiring = true
    try {
      held.handle = await this.#acquire(room)
    } catch (err) {
      this.#logger.debug(
        { event: "unsent-room-left", room, err },
        "The server stops; the mark brings it back",
      )
      return
    } finally {
      held.acquiring = false
    }
    await this.#settle(room, held)
  }
}
