import type { Share } from "../protocol/embedded.ts"
import { AppError } from "../protocol/errors.ts"
import { formatInviteLink } from "../protocol/invite.ts"
import type { ShareState } from "../protocol/ipc.ts"
import { Limits } from "../protocol/limits.ts"
import { parseRoomName } from "../protocol/room-name.ts"
import { isFolderRoom } from "../protocol/shared-folder.ts"
import { type EmbeddedServer, serverTimes } from "./embedded-server.ts"
import type { FolderWatches } from "./folder-watches.ts"
import type { Log } from "./log.ts"
import { type Announcement, roomDigest } from "./nearby/dns-sd.ts"
import { SharedFolders } from "./shared-folders.ts"

/** An invite is good for a week. */
const inviteSeconds = 7 * 24 * 60 * 60

export interface SharingOptions {
  server: Pick<EmbeddedServer, "request">
  watches: Pick<FolderWatches, "hold">
  log: Log
  /** Where to listen while something is shared, the best first: a computer may have no IPv6. */
  listenHosts: readonly string[]
  /** The host part of links: the address that others reach, as of now. */
  linkHost(): string
  /** The port of the last time, or 0; links that were given out hold on to it. */
  port(): number
  portChanged(port: number): void
  /** What people nearby are to see of what is shared here. */
  announce(announcements: Announcement[]): Promise<void>
}

/** Documents and folders that others may join, and the links to them. The embedded server keeps them over restarts. */
export class Sharing {
  readonly #options: SharingOptions
  readonly #folders: SharedFolders

  constructor(options: SharingOptions) {
    this.#options = options
    this.#folders = new SharedFolders(options)
  }

  /** @throws AppError LISTEN_FAILED, SERVER_UNAVAILABLE */
  async share(room: string, names: { title: string; by: string }): Promise<ShareState> {
    return this.#start(room, names, await this.#listen())
  }

  /** @throws AppError FOLDER_TOO_LARGE, FILE_…, LISTEN_FAILED, SERVER_UNAVAILABLE */
  async shareFolder(path: string, names: { title: string; by: string }): Promise<ShareState> {
    const port = await this.#listen()
    const room = await this.#folders.host(path)
    try {
      return await this.#start(room, names, port)
    } catch (error) {
      await this.#folders.release(path)
      throw error
    }
  }

  async #start(
    room: string,
    { title, by }: { title: string; by: string },
    port: number,
  ): Promise<ShareState> {
    const share = await this.#options.server.request({
      kind: "share-start",
      room,
      role: "editor",
      title: title.slice(0, Limits.titleLength),
      by: by.slice(0, Limits.personNameLength),
      expiresIn: inviteSeconds,
    })
    await this.#announce()
    return this.#state(share, port)
  }

  async stop(room: string): Promise<void> {
    await this.#options.server.request({ kind: "share-stop", room })
    await this.#announce()
  }

  /**
   * Has what is shared go on at the server of an owner's link. @throws AppError INVITE_LINK_INVALID, HANDOVER_REFUSED,
   * HOST_UNREACHABLE: everything goes on from here then
   */
  async continueOn(room: string, link: string): Promise<ShareState> {
    const request = { kind: "handover-continue" as const, room, link }
    const share = await this.#options.server.request(request, serverTimes.handover)
    await this.#announce()
    return this.#state(share, await this.#listen())
  }

  /** @throws AppError HANDOVER_REFUSED, HOST_UNREACHABLE: everything goes on from there then */
  async bringBack(room: string): Promise<ShareState> {
    const port = await this.#listen()
    const request = { kind: "handover-back" as const, room, origin: this.#origin(port) }
    const share = await this.#options.server.request(request, serverTimes.handover)
    await this.#announce()
    return this.#state(share, port)
  }

  /** Whether people nearby see what is shared by this room's link, and may ask to come in. */
  async setNearby(room: string, on: boolean): Promise<ShareState> {
    const share = await this.#options.server.request({ kind: "share-nearby", room, on })
    await this.#announce()
    return this.#state(share, await this.#listen())
  }

  async stopFolder(path: string): Promise<void> {
    const room = await this.#folders.roomOf(path)
    if (room === null) return
    await this.stop(room)
    await this.#folders.release(path)
  }

  /** Null: nobody can join this folder. */
  async folderState(path: string): Promise<ShareState | null> {
    const room = await this.#folders.roomOf(path)
    return room === null ? null : this.state(room)
  }

  /** The folder of this computer whose tree the room is. Null: it is none of this computer. */
  folderOf(room: string): Promise<string | null> {
    return this.#folders.pathOf(room)
  }

  /** Nobody waits for what happens in shared folders any more. */
  async close(): Promise<void> {
    await this.#folders.close()
  }

  /** Null: nobody can join this document. */
  async state(room: string): Promise<ShareState | null> {
    const { shares } = await this.#options.server.request({ kind: "share-list" })
    const share = shares.find((candidate) => candidate.room === room)
    return share === undefined ? null : this.#state(share, await this.#listen())
  }

  /** After every start of the server: whoever holds a link finds the document again. */
  async resume(): Promise<void> {
    try {
      const { shares } = await this.#options.server.request({ kind: "share-list" })
      if (shares.length > 0) await this.#listen()
      await this.#announce()
      await this.#folders.resume(shares.map(({ room }) => room).filter(isFolderRoom))
    } catch (error) {
      this.#options.log.error("sharing-not-resumed", { error })
    }
  }

  async #announce(): Promise<void> {
    const { shares } = await this.#options.server.request({ kind: "share-list" })
    const port = this.#options.port()
    await this.#options.announce(
      shares.flatMap(({ nearby, room, title, by, elsewhere }) => {
        // Nobody is asked here for what goes on elsewhere.
        if (nearby === null || elsewhere !== null) return []
        const kind = isFolderRoom(room) ? ("folder" as const) : ("file" as const)
        return [{ id: nearby, title, by, kind, roomDigest: roomDigest(room), port }]
      }),
    )
  }

  async #listen(): Promise<number> {
    const wanted = this.#options.port()
    const port = await this.#listenOn(wanted).catch((error: unknown) => {
      // Somebody else has taken the port meanwhile. Old links are lost then, new ones work.
      if (wanted !== 0 && error instanceof AppError && error.code === "LISTEN_FAILED")
        return this.#listenOn(0)
      throw error
    })
    if (port !== wanted) this.#options.portChanged(port)
    return port
  }

  async #listenOn(port: number): Promise<number> {
    const { listenHosts, server } = this.#options
    const failures: unknown[] = []
    for (const host of listenHosts) {
      try {
        return (await server.request({ kind: "share-listen", host, port })).port
      } catch (error) {
        failures.push(error)
      }
    }
    throw failures.at(-1)
  }

  #origin(port: number): string {
    return `http://${this.#options.linkHost()}:${port}`
  }

  #state(share: Share, port: number): ShareState {
    const { elsewhere } = share
    const origin = elsewhere?.origin ?? this.#origin(port)
    const token = elsewhere?.token ?? share.token
    return {
      room: share.room,
      link: formatInviteLink({ origin, room: parseRoomName(share.room), token }),
      title: share.title,
      isNearby: share.nearby !== null,
      seenAs: `${share.title}, ${share.by}`,
      server: elsewhere === null ? null : new URL(elsewhere.origin).host,
    }
  }
}
