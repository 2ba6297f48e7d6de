import { decodeJwt } from "jose"
import type { Logger } from "pino"
import type { Absence } from "../../protocol/absence.ts"
import type { EmbeddedValues } from "../../protocol/embedded.ts"
import { AppError } from "../../protocol/errors.ts"
import { type InviteClaims, inviteClaims, parseInviteLink } from "../../protocol/invite.ts"
import { HostState } from "../../protocol/message.ts"
import { mayEnter } from "../../protocol/role.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import { isMadeFor, isUnguessable, readTreeEntries } from "../../protocol/shared-folder.ts"
import { fileTitle } from "../mirror/file-title.ts"
import type { Room } from "../sync/room.ts"
import type { RoomRegistry } from "../sync/room-registry.ts"
import { Absences } from "./absences.ts"
import { askHost } from "./host-invitation.ts"
import { hostName } from "./host-name.ts"
import type { LinkTiming } from "./link-timing.ts"
import { ReplicaLink } from "./replica-link.ts"
import { type Records, type ReplicaRecord, ReplicaRecords } from "./replica-records.ts"
import { UnsentRooms } from "./unsent-rooms.ts"

export type JoinedDocument = EmbeddedValues["join"]

interface Loaded {
  room: Room
  /** Null: the room was not joined from anybody. */
  link: ReplicaLink | null
  /** Resolves when what changed in absence is kept. */
  noted: Promise<void>
}

/** The documents that were joined from other hosts: remembered in the store, and linked while they are loaded. */
export class Replicas {
  readonly absences: Absences
  readonly #records: ReplicaRecords
  readonly #unsent: UnsentRooms
  readonly #registry: Pick<RoomRegistry, "acquire">
  readonly #isOwn: (room: RoomName) => Promise<boolean>
  readonly #onMoved: (joined: JoinedDocument) => void
  readonly #isOwnToken: (token: string) => Promise<boolean>
  readonly #logger: Logger
  readonly #timing: Partial<LinkTiming>
  readonly #loaded = new Map<RoomName, Loaded>()

  constructor(options: {
    store: Records
    registry: Pick<RoomRegistry, "acquire">
    /** Whether the room is a document or a folder of this computer's disk: then it is the host. */
    isOwn: (room: RoomName) => Promise<boolean>
    /** Whether this server gave the token: then its link leads to us. */
    isOwnToken: (token: string) => Promise<boolean>
    logger: Logger
    /** Others wrote in a document while its host was out of reach, and nobody has seen yet what. */
    onAbsence?: (room: RoomName) => void
    /** What was joined has another host. */
    onMoved?: (joined: JoinedDocument) => void
    timing?: Partial<LinkTiming>
  }) {
    this.#records = new ReplicaRecords(options.store)
    this.#registry = options.registry
    this.#isOwn = options.isOwn
    this.#onMoved = options.onMoved ?? (() => undefined)
    this.#isOwnToken = options.isOwnToken
    this.absences = new Absences({
      records: this.#records,
      logger: options.logger,
      onNews: options.onAbsence ?? (() => undefined),
    })
    this.#logger = options.logger
    this.#timing = options.timing ?? {}
    this.#unsent = new UnsentRooms({
      records: this.#records,
      acquire: (room) => options.registry.acquire(room),
      logger: options.logger,
    })
  }

  /** Brings what an earlier run could not bring to the hosts. Called once the server serves. */
  resume(): Promise<void> {
    return this.#unsent.resume()
  }

  /**
   * Joins the document or the folder that a link invites to, or gives the one that is here already: as a file of our own, or joined
   * before and its host away. The latest link of a joined document takes the place of the one before.
   * @throws AppError INVITE_LINK_INVALID, REPLICA_REFUSED, HOST_UNREACHABLE. Nothing was changed then.
   */
  async join(text: string): Promise<JoinedDocument> {
    const { origin, room, token } = parseInviteLink(text)
    if (!URL.canParse(origin))
      throw new AppError("INVITE_LINK_INVALID", "This link names no host that can exist.")
    if (room === null) {
      throw new AppError(
        "INVITE_LINK_INVALID",
        "This link is for a whole server. Ask for the link of one document.",
      )
    }
    const claims = claimsOf(token)
    const known = await this.#records.read(room)
    if (await this.#isOwn(room)) {
      return { room, title: claims?.title ?? room, by: "", role: "owner", host: "this computer" }
    }
    if (claims !== null && !mayEnter(claims.room, room)) throw refusedElsewhere(claims.by)
    const answer = await askHost({ origin, room, token })
    switch (answer.name) {
      case "invited": {
        const { title, by, role, hostKind } = answer.invitation
        return this.#remember(room, { origin, token, title, by, role, hostKind }, known)
      }
      case "ended":
        throw new AppError(
          "REPLICA_REFUSED",
          `This link has ended. Ask ${claims?.by ?? "its sender"} for a new one.`,
        )
      case "elsewhere":
        throw refusedElsewhere(claims?.by)
      case "silent":
        if (known !== null) return joined(room, known)
        throw new AppError(
          "HOST_UNREACHABLE",
          `${sentenceStart(hostName({ origin, by: claims?.by ?? "", hostKind: "computer" }))} does not answer. Nothing was changed. Open the link again when it does.`,
          { cause: answer.cause },
        )
    }
  }

  /**
   * A file of a joined folder, which is joined with it. @throws AppError FILE_NOT_FOUND when the folder has no such file
   */
  async openFile(folder: RoomName, room: RoomName): Promise<{ room: RoomName; title: string }> {
    const path = await this.#pathIn(folder, room)
    if (path === null && !isMadeFor(folder, room)) throw notInFolder()
    if (!isMadeFor(folder, room) && !(await this.#isOwn(room)) && (await this.#records.find(room)) === null) {
      await this.#records.adopt(room, folder)
      await this.#relinkAll(folder)
    }
    return { room, title: path === null ? "" : fileTitle(path) }
  }

  /** What the tree of a folder calls the file of a room. Null: it has no such file. */
  async #pathIn(folder: RoomName, room: RoomName): Promise<string | null> {
    const handle = await this.#registry.acquire(folder)
    try {
      const files = readTreeEntries(handle.room.doc.getMap("files").entries())
      return files.find((file) => file.room === room)?.path ?? null
    } finally {
      handle.release()
    }
  }

  /** Called for every room that is loaded: links it to its host, where it was joined from one. */
  async attach(room: Room): Promise<void> {
    const loaded: Loaded = { room, link: null, noted: Promise.resolve() }
    this.#loaded.set(room.name, loaded)
    room.observe({ close: () => this.#unload(loaded) })
    const [joined, isUnsent] = await Promise.all([
      this.#records.find(room.name),
      this.#records.isUnsent(room.name),
    ])
    // It may have been joined, by a newer link, while the records were read.
    if (joined === null || loaded.link !== null) return
    if (isUnsent) this.#unsent.marked(room.name)
    this.#link(loaded, joined.record, { isUnsent, awaySince: null })
  }

  /** The rooms of the links by which something was joined. */
  joinedRooms(): Promise<string[]> {
    return this.#records.listJoined()
  }

  /**
   * Somebody who knows the room is its host at this address now. Where the host that we know is in reach, nothing is done;
   * else it is asked whether our invite is good there. False: it is not, or was not joined.
   */
  async moved(room: RoomName, origin: string): Promise<boolean> {
    const known = await this.#records.read(room)
    if (known === null) return false
    if (this.#loaded.get(room)?.link?.isConnected === true) return true
    const answer = await askHost({ origin, room, token: known.token })
    if (answer.name !== "invited") return false
    if (known.origin === origin) return true
    this.#logger.info(
      { event: "host-moved", room, from: known.origin, to: origin },
      "A host has another address",
    )
    await this.#records.write(room, { ...known, origin })
    await this.#relinkAll(room)
    return true
  }

  /** Links what is here to another host from now on: a room, or a folder with all that is in it. */
  async follow(room: RoomName, record: ReplicaRecord): Promise<void> {
    await this.#records.write(room, record)
    await this.#relinkAll(room)
  }

  /** These rooms, whose names do not tell, are in the folder, and linked with it. */
  async adopt(folder: RoomName, rooms: readonly RoomName[]): Promise<void> {
    for (const room of rooms) await this.#records.adopt(room, folder)
  }

  /** This server is the host itself again. */
  async unfollow(room: RoomName): Promise<void> {
    const loaded = await this.#joinedBy(room)
    await this.#records.remove(room)
    for (const each of loaded) {
      await each.link?.close()
      each.link = null
      each.room.readOnly = false
      each.room.setHost({ state: HostState.None, waiting: 0 })
      this.#unsent.note(each.room.name, { state: HostState.Ended, waiting: 0 })
    }
  }

  /** Our host says that what it invited us to goes on elsewhere. */
  async #hostMoved(name: RoomName, { origin, token }: { origin: string; token: string }): Promise<void> {
    const known = await this.#records.find(name)
    if (known === null || (known.record.origin === origin && known.record.token === token)) return
    // It comes back to us, and our link is told so like anybody's.
    if (await this.#isOwnToken(token)) return
    const answer = await askHost({ origin, room: known.room, token })
    if (answer.name !== "invited") return // the link stays, and is told again when it comes back
    const { title, by, role, hostKind } = answer.invitation
    this.#logger.info(
      { event: "host-moved", room: known.room, to: origin },
      "A host has given over to another",
    )
    const record = { origin, token, title, by, role, hostKind }
    await this.follow(known.room, record)
    this.#onMoved(joined(known.room, record))
  }

  async #joinedBy(joinedBy: RoomName): Promise<Loaded[]> {
    const found: Loaded[] = []
    for (const loaded of [...this.#loaded.values()])
      if ((await this.#records.find(loaded.room.name))?.room === joinedBy) found.push(loaded)
    return found
  }

  /** Tries every host at once that is away: the network or the computer has just come back. */
  retryNow(): void {
    for (const { link } of this.#loaded.values()) link?.retryNow()
  }

  async #remember(
    room: RoomName,
    record: ReplicaRecord,
    known: ReplicaRecord | null,
  ): Promise<JoinedDocument> {
    // Who answers at a new address was given our words before, or is only after them.
    if (known !== null && known.origin !== record.origin && !isUnguessable(room)) {
      const host = hostName(known)
      throw new AppError(
        "REPLICA_REFUSED",
        `You have a document of this name from ${host}. Nothing was changed.`,
      )
    }
    await this.#records.write(room, record)
    const isNews = known?.token !== record.token || known.origin !== record.origin
    if (isNews) await this.#relinkAll(room)
    return joined(room, record)
  }

  /** Links what is loaded and joined by this room's link, which is a new one. */
  async #relinkAll(joinedBy: RoomName): Promise<void> {
    const record = await this.#records.read(joinedBy)
    if (record === null) return
    for (const loaded of await this.#joinedBy(joinedBy)) await this.#relink(loaded, record)
  }

  async #relink(loaded: Loaded, record: ReplicaRecord): Promise<void> {
    const { room, link } = loaded
    const isUnsent = room.host.waiting > 0
    const awaySince = link?.awaySince() ?? null
    await link?.close()
    // The room may have been unloaded meanwhile, or joined by yet another link.
    if (this.#loaded.get(room.name) === loaded && loaded.link === link)
      this.#link(loaded, record, { isUnsent, awaySince })
  }

  #link(
    loaded: Loaded,
    target: ReplicaRecord,
    before: { isUnsent: boolean; awaySince: number | null },
  ): void {
    const { room } = loaded
    const link = new ReplicaLink({
      room,
      target,
      ...before,
      logger: this.#logger,
      timing: this.#timing,
      onReport: (report) => {
        if (link.writes) this.#unsent.note(room.name, report)
      },
      onReturn: (absence) => this.#note(loaded, absence),
      onMoved: (to) => {
        this.#hostMoved(room.name, to).catch((err: unknown) =>
          this.#logger.error(
            { event: "host-not-followed", room: room.name, err },
            "A host could not be followed",
          ),
        )
      },
    })
    room.readOnly = !link.writes
    loaded.link = link
    link.start()
  }

  #note(loaded: Loaded, absence: Absence): void {
    const noted = this.absences.note(loaded.room.name, absence)
    loaded.noted = Promise.all([loaded.noted, noted]).then(() => undefined)
  }

  async #unload(loaded: Loaded): Promise<void> {
    const { room, link } = loaded
    this.#loaded.delete(room.name)
    await link?.close()
    await loaded.noted
    await this.#unsent.written(room.name)
  }
}

/** What the token says, unverified: only the host can tell whether it is true. Null: it speaks another language. */
function claimsOf(token: string): InviteClaims | null {
  try {
    const claims = inviteClaims.safeParse(decodeJwt(token))
    return claims.success ? claims.data : null
  } catch (cause) {
    throw new AppError(
      "INVITE_LINK_INVALID",
      "This is not an invite link: a part of it is missing; copy the whole link.",
      {
        cause,
      },
    )
  }
}

function joined(room: RoomName, record: ReplicaRecord): JoinedDocument {
  const { title, by, role } = record
  return { room, title, by, role, host: hostName(record) }
}

function notInFolder(): AppError {
  return new AppError(
    "FILE_NOT_FOUND",
    "This file is not in the shared folder any more. Nothing was changed.",
  )
}

function refusedElsewhere(by: string | undefined): AppError {
  return new AppError(
    "REPLICA_REFUSED",
    `This link is for another document. Ask ${by ?? "its sender"} for a new one.`,
  )
}

function sentenceStart(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
