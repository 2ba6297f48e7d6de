import { z } from "zod"
import type { Role } from "../../protocol/role.ts"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import type { Access } from "../access/tokens.ts"
import type { Store } from "../store/store.ts"
import type { Connection } from "../sync/connection.ts"

const prefix = "moved/"

/** Where a document or a folder goes on, and the tokens by which those who come to us may do there what they may do here. */
export const move = z.object({
  /** `http(s)://HOST[:PORT]` */
  origin: z.string().regex(/^https?:\/\/[^/?#\s]+$/),
  tokens: z.object({ editor: z.string(), commenter: z.string(), viewer: z.string() }),
})
export type Move = z.infer<typeof move>

type Records = Pick<Store, "putRecord" | "listRecords">

/** What goes on elsewhere: whoever comes by an old link is told so. Kept in the store, by the room of the link. */
export class Moves {
  readonly #records: Records
  readonly #cameBy: (room: string) => Connection[]
  readonly #moves = new Map<RoomName, Move>()

  constructor(options: {
    records: Records
    /** All who came by a token for this room. */
    cameBy: (room: string) => Connection[]
  }) {
    this.#records = options.records
    this.#cameBy = options.cameBy
  }

  async load(): Promise<void> {
    for (const { key, value } of await this.#records.listRecords(prefix))
      this.#moves.set(parseRoomName(key.slice(prefix.length)), move.parse(JSON.parse(value)))
  }

  /** Null: it is here, from now on. Everybody who is here is told. Resolves once it is kept. */
  async set(room: RoomName, to: Move | null): Promise<void> {
    await this.#records.putRecord(prefix + room, to === null ? null : JSON.stringify(to))
    if (to === null) {
      this.#moves.delete(room)
      return
    }
    this.#moves.set(room, to)
    for (const connection of this.#cameBy(room)) this.tell(connection)
  }

  of(room: string): Move | null {
    return this.#moves.get(parseRoomName(room)) ?? null
  }

  /** Tells somebody who has come, if what they came for is elsewhere. */
  tell(connection: Pick<Connection, "access" | "tellMoved">): void {
    const { access } = connection
    const to = access.room === undefined ? null : this.of(access.room)
    const token = to === null ? null : tokenFor(access, to)
    if (to !== null && token !== null) connection.tellMoved(to.origin, token)
  }
}

/** Null: an owner of this server is at home here. */
function tokenFor({ role }: Access, { tokens }: Move): string | null {
  return role === "owner" ? null : tokens[role satisfies Exclude<Role, "owner">]
}
