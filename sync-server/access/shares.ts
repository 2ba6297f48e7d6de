import { randomBytes } from "node:crypto"
import { z } from "zod"
import { AppError } from "../../protocol/errors.ts"
import { Limits } from "../../protocol/limits.ts"
import { type Role, roles } from "../../protocol/role.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import type { Store } from "../store/store.ts"
import type { Tokens } from "./tokens.ts"

const sharePrefix = "share/"
const revokedPrefix = "revoked/"
const nearbyBytes = 9

const shareRecord = z.object({
  room: z.string(),
  token: z.string(),
  id: z.string(),
  title: z.string(),
  role: z.enum(roles),
  /** Seconds since 1970; null never ends. */
  expires: z.number().nullable(),
  by: z.string().default(""),
  /** By which people on the network find it. Null: they do not. */
  nearby: z.string().nullable().default(null),
  /** Invites that were given beside the link; they end with it. */
  others: z.array(z.string()).default([]),
})
export type ShareRecord = z.infer<typeof shareRecord>

/** The rooms that the person at this computer shares, and the invites that were ended. Both outlive a restart. */
export class Shares {
  readonly #store: Store
  readonly #tokens: Tokens
  readonly #revoked: Set<string>
  readonly #onEnded: (tokenId: string) => void

  constructor(options: {
    store: Store
    tokens: Tokens
    revoked: Set<string>
    onEnded: (tokenId: string) => void
  }) {
    this.#store = options.store
    this.#tokens = options.tokens
    this.#revoked = options.revoked
    this.#onEnded = options.onEnded
  }

  /** Fills the set of ended invites from the store. */
  static async loadRevoked(store: Store, revoked: Set<string>): Promise<void> {
    for (const { key } of await store.listRecords(revokedPrefix)) revoked.add(key.slice(revokedPrefix.length))
  }

  /** The room's invite; one that is still good and says the same is given again. */
  async start(wanted: {
    room: RoomName
    role: Role
    title: string
    by: string
    expiresIn: number | null
  }): Promise<ShareRecord> {
    const known = await this.#find(wanted.room)
    const now = Math.floor(Date.now() / 1000)
    const isGood =
      known !== null && known.role === wanted.role && (known.expires === null || known.expires > now + 60)
    if (isGood) return known
    const { room, role, expiresIn } = wanted
    // A file name may be longer than what an invite carries; it is only shown.
    const title = cut(wanted.title, Limits.titleLength)
    const by = cut(wanted.by, Limits.personNameLength)
    const { token, id } = await this.#tokens.sign({ room, role, title, by }, expiresIn)
    const expires = expiresIn === null ? null : now + expiresIn
    const record = {
      room,
      token,
      id,
      title,
      role,
      expires,
      by,
      nearby: known?.nearby ?? null,
      others: known?.others ?? [],
    }
    await this.#put(record)
    return record
  }

  /** Ends the room's invite for good: its token is refused from now on, and whoever came by it is sent away. */
  async stop(room: RoomName): Promise<void> {
    const known = await this.#find(room)
    if (known === null) return
    for (const id of [known.id, ...known.others]) await this.revoke(id)
    await this.#store.putRecord(sharePrefix + room, null)
  }

  /** Whether people on the network find the room. @throws AppError NOT_ALLOWED when it is not shared */
  async setNearby(room: RoomName, on: boolean): Promise<ShareRecord> {
    const known = await this.#find(room)
    if (known === null) throw new AppError("NOT_ALLOWED", "This is not shared.")
    const nearby = on ? (known.nearby ?? randomBytes(nearbyBytes).toString("base64url")) : null
    const record = { ...known, nearby }
    await this.#put(record)
    return record
  }

  /** What people on the network find by this name, while its invite is good. */
  async nearby(id: string): Promise<ShareRecord | null> {
    const found = (await this.list()).find((share) => share.nearby === id)
    return found === undefined || hasEnded(found) ? null : found
  }

  /** Null: the room is not shared. */
  of(room: RoomName): Promise<ShareRecord | null> {
    return this.#find(room)
  }

  /** Tokens for those who come back from another server, by what they may do. They end with the sharing. */
  async tokensFor(room: RoomName): Promise<Record<Exclude<Role, "owner">, string>> {
    const known = await this.#find(room)
    if (known === null) throw new AppError("NOT_ALLOWED", "This is not shared.")
    const sign = async (role: Role) => {
      if (role === known.role) return known.token
      const { token, id } = await this.#tokens.sign({ room, role, title: known.title, by: known.by }, null)
      known.others.push(id)
      return token
    }
    const tokens = {
      editor: await sign("editor"),
      commenter: await sign("commenter"),
      viewer: await sign("viewer"),
    }
    await this.#put(known)
    return tokens
  }

  /** Ends an invite for good, whoever holds it. */
  async revoke(tokenId: string): Promise<void> {
    this.#revoked.add(tokenId)
    this.#onEnded(tokenId)
    await this.#store.putRecord(revokedPrefix + tokenId, "{}")
  }

  async list(): Promise<ShareRecord[]> {
    const records = await this.#store.listRecords(sharePrefix)
    return records.map(({ value }) => shareRecord.parse(JSON.parse(value)))
  }

  #put(record: ShareRecord): Promise<void> {
    return this.#store.putRecord(sharePrefix + record.room, JSON.stringify(record))
  }

  async #find(room: RoomName): Promise<ShareRecord | null> {
    const value = await this.#store.getRecord(sharePrefix + room)
    return value === null ? null : shareRecord.parse(JSON.parse(value))
  }
}

function hasEnded({ expires }: ShareRecord): boolean {
  return expires !== null && expires <= Math.floor(Date.now() / 1000)
}

/** The first `length` units, and no half of a character at the end. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, "")
}
