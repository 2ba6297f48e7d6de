import { decodeJwt } from "jose"
import type { Logger } from "pino"
import type { EmbeddedValues } from "../../protocol/embedded.ts"
import { AppError } from "../../protocol/errors.ts"
import { type InviteClaims, inviteClaims, parseInviteLink } from "../../protocol/invite.ts"
import { mayEnter } from "../../protocol/role.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import type { Room } from "../sync/room.ts"
import type { RoomRegistry } from "../sync/room-registry.ts"
import { askHost } from "./host-invitation.ts"
import { hostName } from "./host-name.ts"
import { type LinkTiming, ReplicaLink } from "./replica-link.ts"
import { type Records, type ReplicaRecord, ReplicaRecords } from "./replica-records.ts"
import { UnsentRooms } from "./unsent-rooms.ts"

/** What a desktop names the room of a file: nobody guesses it, so whoever names it was given it. */
const unguessableName = /^[a-z2-7]{20}$/

export type JoinedDocument = EmbeddedValues["join"]

interface Linked {
  room: Room
  link: ReplicaLink
}

/** The documents that were joined from other hosts: remembered in the store, and linked while they are loaded. */
export class Replicas {
  readonly #records: ReplicaRecords
  readonly #unsent: UnsentRooms
  readonly #logger: Logger
  readonly #timing: Partial<LinkTiming>
  readonly #linked = new Map<RoomName, Linked>()
  /** Records of this run. A room that is being loaded while it is joined again has read the old one. */
  readonly #newest = new Map<RoomName, ReplicaRecord>()

  constructor(options: {
    store: Records
    registry: Pick<RoomRegistry, "acquire">
    logger: Logger
    timing?: Partial<LinkTiming>
  }) {
    this.#records = new ReplicaRecords(options.store)
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
    const [stored, isUnsent] = await Promise.all([
      this.#records.read(room.name),
      this.#records.isUnsent(room.name),
    ])
    const record = this.#newest.get(room.name) ?? stored
    if (record === null || (await this.#records.isMirrored(room.name))) return
    if (isUnsent) this.#unsent.marked(room.name)
    room.observe({ close: () => this.#unlink(room) })
    this.#link(room, record, isUnsent)
  }

  /** Tries every host at once that is away: the network or the computer has just come back. */
  retryNow(): void {
    for (const { link } of this.#linked.values()) link.retryNow()
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
    this.#newest.set(room, record)
    const linked = this.#linked.get(room)
    if (linked !== undefined && (known?.token !== record.token || known.origin !== record.origin)) {
      const isUnsent = linked.room.host.waiting > 0
      await linked.link.close()
      // The room may have been unloaded meanwhile, or the same may have been joined once more.
      if (this.#linked.get(room) === linked) this.#link(linked.room, record, isUnsent)
    }
    return joined(room, record)
  }

  #link(room: Room, target: ReplicaRecord, isUnsent: boolean): void {
    const link = new ReplicaLink({
      room,
      target,
      isUnsent,
      logger: this.#logger,
      timing: this.#timing,
      onReport: (report) => {
        if (link.writes) this.#unsent.note(room.name, report)
      },
    })
    room.readOnly = !link.writes
    this.#linked.set(room.name, { room, link })
    link.start()
  }

  async #unlink(room: Room): Promise<void> {
    const linked = this.#linked.get(room.name)
    this.#linked.delete(room.name)
    await linked?.link.close()
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
