import { decodeJwt } from "jose"
import type { Logger } from "pino"
import { z } from "zod"
import { AppError } from "../../protocol/errors.ts"
import { parseInviteLink } from "../../protocol/invite.ts"
import { HostState } from "../../protocol/message.ts"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import { isFolderRoom, isMadeFor, readTreeEntries } from "../../protocol/shared-folder.ts"
import type { Shares } from "../access/shares.ts"
import type { Replicas } from "../replica/replicas.ts"
import type { Store } from "../store/store.ts"
import type { Room } from "../sync/room.ts"
import type { RoomRegistry } from "../sync/room-registry.ts"
import { FarServer } from "./far-server.ts"
import type { Move, Moves } from "./moves.ts"
import { packRoom } from "./room-parcel.ts"

/** What is sent by the link before others are told: within this time, or they are told later, by the link itself. */
const settleMs = 30_000
/** Those who were told to come back are here by then, in milliseconds; what they wrote there meanwhile comes by our own link. */
const returnMs = 60_000
const prefix = "handed-over/"

const handedOver = z.object({
  /** An owner's link of the server, by which it can be brought back. */
  origin: z.string(),
  ownerToken: z.string(),
  /** What others come by there. */
  tokens: z.object({ editor: z.string(), commenter: z.string(), viewer: z.string() }),
  /** It goes on here again; our link brings what those write who are still on their way. */
  isReturning: z.boolean().default(false),
})
type HandedOver = z.infer<typeof handedOver>

interface HandoverOptions {
  store: Store
  registry: Pick<RoomRegistry, "acquire">
  replicas: Replicas
  shares: Shares
  moves: Moves
  logger: Logger
  /** Instead of the usual patience with those who come back: for tests. */
  returnMs?: number
}

/**
 * Moves what is hosted here to a server that is always there, and back. In both directions the new host gets all that is kept of every
 * document, then our own link to it is up, and only then the others are told: at no moment is there a document without a host.
 */
export class Handover {
  readonly #options: HandoverOptions
  readonly #returnMs: number
  readonly #returning = new Map<RoomName, NodeJS.Timeout>()

  constructor(options: HandoverOptions) {
    this.#options = options
    this.#returnMs = options.returnMs ?? returnMs
  }

  /** Goes on with what an earlier run had not ended. */
  async resume(): Promise<void> {
    for (const { key, value } of await this.#options.store.listRecords(prefix)) {
      if (handedOver.parse(JSON.parse(value)).isReturning)
        this.#unfollowLater(parseRoomName(key.slice(prefix.length)))
    }
  }

  close(): void {
    for (const timer of this.#returning.values()) clearTimeout(timer)
    this.#returning.clear()
  }

  /** Where the room goes on, and the invite of it there. Null: here. */
  async of(room: RoomName): Promise<{ origin: string; token: string } | null> {
    const record = await this.#read(room)
    if (record === null || record.isReturning) return null
    return { origin: record.origin, token: record.tokens.editor }
  }

  /**
   * Has a shared document or folder go on at the server of an owner's link. @throws AppError INVITE_LINK_INVALID,
   * HANDOVER_REFUSED, HOST_UNREACHABLE, NOT_ALLOWED. Everything goes on from here then.
   */
  async continueOn(room: RoomName, link: string): Promise<void> {
    const { store, shares, replicas, moves } = this.#options
    const share = await shares.of(room)
    if (share === null)
      throw new AppError("NOT_ALLOWED", "Share it first, so that there is somebody to tell.")
    const { origin, token: ownerToken } = parseInviteLink(link)
    const far = new FarServer({ origin, token: ownerToken })
    await far.setMoved(room, null)
    this.#stayAway(room)
    const files = isFolderRoom(room) ? await this.#filesOf(room) : []
    for (const each of [room, ...files]) await this.#bring(each, far)
    if (isFolderRoom(room)) {
      const adopted = files.filter((file) => !isMadeFor(room, file))
      await far.bringFolder(room, { title: share.title, adopted })
      await replicas.adopt(room, adopted)
    }
    const tokens = await inviteAll(far, share)
    await store.putRecord(prefix + room, JSON.stringify({ origin, ownerToken, tokens }))
    await replicas.follow(room, {
      origin,
      token: tokens.editor,
      title: share.title,
      by: share.by,
      role: "editor",
      hostKind: "server",
    })
    await this.#whenThere([room, ...files])
    await moves.set(room, { origin, tokens })
  }

  /**
   * Brings it back: those who are at the server are told to come here. `here` is the address that they reach us by.
   * @throws AppError HANDOVER_REFUSED, HOST_UNREACHABLE, NOT_ALLOWED. Everything goes on from there then.
   */
  async bringBack(room: RoomName, here: string): Promise<void> {
    const { store, shares, moves } = this.#options
    const record = await this.#read(room)
    const share = await shares.of(room)
    if (record === null || record.isReturning || share === null)
      throw new AppError("NOT_ALLOWED", "This goes on from here already.")
    const far = new FarServer({ origin: record.origin, token: record.ownerToken })
    // All that was written there must be here before anybody is sent.
    await this.#whenThere([room, ...(isFolderRoom(room) ? await this.#filesOf(room) : [])])
    await moves.set(room, null)
    await far.setMoved(room, { origin: here, tokens: await shares.tokensFor(room) })
    await store.putRecord(prefix + room, JSON.stringify({ ...record, isReturning: true }))
    this.#unfollowLater(room)
  }

  /** Nobody can come in any more, there or here. @throws AppError HANDOVER_REFUSED, HOST_UNREACHABLE */
  async end(room: RoomName): Promise<void> {
    const { moves } = this.#options
    const record = await this.#read(room)
    if (record === null) return
    const far = new FarServer({ origin: record.origin, token: record.ownerToken })
    await this.#whenThere([room])
    for (const token of Object.values(record.tokens)) await far.revoke(decodeJwt(token).jti ?? "")
    this.#stayAway(room)
    await moves.set(room, null)
    await this.#unfollow(room)
  }

  #unfollowLater(room: RoomName): void {
    const timer = setTimeout(() => {
      this.#returning.delete(room)
      this.#unfollow(room).catch((err: unknown) =>
        this.#options.logger.error(
          { event: "not-returned", room, err },
          "A link to a former host could not be ended",
        ),
      )
    }, this.#returnMs)
    this.#returning.set(room, timer)
  }

  #stayAway(room: RoomName): void {
    clearTimeout(this.#returning.get(room))
    this.#returning.delete(room)
  }

  async #unfollow(room: RoomName): Promise<void> {
    await this.#options.store.putRecord(prefix + room, null)
    await this.#options.replicas.unfollow(room)
  }

  async #read(room: RoomName): Promise<HandedOver | null> {
    const value = await this.#options.store.getRecord(prefix + room)
    return value === null ? null : handedOver.parse(JSON.parse(value))
  }

  /** The rooms of a folder's files. */
  async #filesOf(folder: RoomName): Promise<RoomName[]> {
    return this.#with(folder, async (room) => {
      const files = readTreeEntries(room.doc.getMap("files").entries())
      return files.map((file) => parseRoomName(file.room))
    })
  }

  /** A file that nobody has opened yet is read from the disk by that. One that is no text stays here. */
  async #bring(name: RoomName, far: FarServer): Promise<void> {
    const { store, logger } = this.#options
    try {
      const parcel = await this.#with(name, async (room) => {
        await room.whenDurable()
        return packRoom(store, name)
      })
      if (parcel !== null) await far.bring(name, parcel)
    } catch (error) {
      if (!(error instanceof AppError) || !error.code.startsWith("FILE_")) throw error
      logger.warn({ event: "file-not-handed-over", room: name, code: error.code }, error.message)
    }
  }

  /** Resolves when our link has brought everything to the host, and everything from it; or when that takes too long. */
  async #whenThere(rooms: readonly RoomName[]): Promise<void> {
    const deadline = performance.now() + settleMs
    for (const name of rooms) {
      await this.#with(name, async (room) => {
        while (room.host.state !== HostState.Saved && performance.now() < deadline) await pause()
      }).catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error
      })
    }
  }

  async #with<T>(name: RoomName, work: (room: Room) => Promise<T>): Promise<T> {
    const handle = await this.#options.registry.acquire(name)
    try {
      return await work(handle.room)
    } finally {
      handle.release()
    }
  }
}

const lookEvery = 20

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, lookEvery))
}

async function inviteAll(
  far: FarServer,
  share: { room: string; title: string; by: string },
): Promise<Move["tokens"]> {
  const wanted = { room: parseRoomName(share.room), title: share.title, by: share.by }
  const [editor, commenter, viewer] = [
    await far.invite({ ...wanted, role: "editor" }),
    await far.invite({ ...wanted, role: "commenter" }),
    await far.invite({ ...wanted, role: "viewer" }),
  ]
  return { editor, commenter, viewer }
}
