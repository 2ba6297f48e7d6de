import { decodeJwt } from "jose"
import type { Logger } from "pino"
import type { Absence } from "../../protocol/absence.ts"
import type { EmbeddedValues } from "../../protocol/embedded.ts"
import { AppError } from "../../protocol/errors.ts"
import { type InviteClaims, inviteClaims, parseInviteLink } from "../../protocol/invite.ts"
import { mayEnter } from "../../protocol/role.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import type { Room } from "../sync/room.ts"
import type { RoomRegistry } from "../sync/room-registry.ts"
import { Absences } from "./absences.ts"
import { askHost } from "./host-invitation.ts"
import { hostName } from "./host-name.ts"
import type { LinkTiming } from "./link-timing.ts"
import { ReplicaLink } from "./replica-link.ts"
import { type Records, type ReplicaRecord, ReplicaRecords } from "./replica-records.ts"
import { UnsentRooms } from "./unsent-rooms.ts"

/** What a desktop names the room of a file: nobody guesses it, so whoever names it was given it. */
const unguessableName = /^[a-z2-7]{20}$/

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
  readonly #logger: Logger
  readonly #timing: Partial<LinkTiming>
  readonly #loaded = new Map<RoomName, Loaded>()

  constructor(options: {
    store: Records
    registry: Pick<RoomRegistry, "acquire">
    logger: Logger
    /** Others wrote in a document while its host was out of reach, and nobody has seen yet what. */
    onAbsence?: (room: RoomName) => void
    timing?: Partial<LinkTiming>
  }) {
    this.#records = new ReplicaRecords(options.store)
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
   * Joins the document that a link invites to, or gives the one that is here already: as a file of our own, or joined
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
    if (await this.#records.isMirrored(room)) {
      return { room, title: claims?.title ?? room, by: "", role: "owner", host: "this computer" }
    }
    if (claims !== null && !mayEnter(claims.room, room)) throw refusedElsewhere(claims.by)
    const answer = await askHost({ origin, room, token })
    switch (answer.name) {
      case "invited": {
        const { title, by, role } = answer.invitation
        return this.#remember(room, { origin, token, title, by, role }, known)
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
          `${sentenceStart(hostName(origin, claims?.by ?? ""))} does not answer. Nothing was changed. Open the link again when it does.`,
          { cause: answer.cause },
        )
    }
  }

  /** Called for every room that is loaded: links it to its host, where it was joined from one. */
  async attach(room: Room): Promise<void> {
    const loaded: Loaded = { room, link: null, noted: Promise.resolve() }
    this.#loaded.set(room.name, loaded)
    room.observe({ close: () => this.#unload(loaded) })
    const [record, isUnsent, isMirrored] = await Promise.all([
      this.#records.read(room.name),
      this.#records.isUnsent(room.name),
      this.#records.isMirrored(room.name),
    ])
    // It may have been joined, by a newer link, while the records were read.
    if (record === null || isMirrored || loaded.link !== null) return
    if (isUnsent) this.#unsent.marked(room.name)
    this.#link(loaded, record, isUnsent)
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
    if (known !== null && known.origin !== record.origin && !unguessableName.test(room)) {
      const host = hostName(known.origin, known.by)
      throw new AppError(
        "REPLICA_REFUSED",
        `You have a document of this name from ${host}. Nothing was changed.`,
      )
    }
    await this.#records.write(room, record)
    const loaded = this.#loaded.get(room)
    const isNews = known?.token !== record.token || known.origin !== record.origin
    if (loaded !== undefined && (loaded.link === null || isNews)) await this.#relink(loaded, record)
    return joined(room, record)
  }

  async #relink(loaded: Loaded, record: ReplicaRecord): Promise<void> {
    const { room, link } = loaded
    const isUnsent = room.host.waiting > 0
    await link?.close()
    // The room may have been unloaded meanwhile, or joined by yet another link.
    if (this.#loaded.get(room.name) === loaded && loaded.link === link) this.#link(loaded, record, isUnsent)
  }

  #link(loaded: Loaded, target: ReplicaRecord, isUnsent: boolean): void {
    const { room } = loaded
    const link = new ReplicaLink({
      room,
      target,
      isUnsent,
      logger: this.#logger,
      timing: this.#timing,
      onReport: (report) => {
        if (link.writes) this.#unsent.note(room.name, report)
      },
      onReturn: (absence) => this.#note(loaded, absence),
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

function joined(room: RoomName, { origin, title, by, role }: ReplicaRecord): JoinedDocument {
  return { room, title, by, role, host: hostName(origin, by) }
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
