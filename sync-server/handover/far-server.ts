import { z } from "zod"
import { AppError } from "../../protocol/errors.ts"
import type { Role } from "../../protocol/role.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import type { Move } from "./moves.ts"
import { encodeParcel, type RoomParcel } from "./room-parcel.ts"

/** A document's history may be large, and a laptop's upload slow. */
const parcelMs = 300_000
const answerMs = 15_000

const signed = z.object({ token: z.string() })

/** A server of which we hold an owner's link. Everything that it refuses is told as a sentence. */
export class FarServer {
  readonly origin: string
  readonly #token: string

  constructor({ origin, token }: { origin: string; token: string }) {
    this.origin = origin
    this.#token = token
  }

  /** Brings all that is kept of a room, if the server has nothing of it. @throws AppError HANDOVER_REFUSED, HOST_UNREACHABLE */
  async bring(room: RoomName, parcel: RoomParcel): Promise<void> {
    const body = encodeParcel(parcel)
    await this.#send("PUT", `${pathOf(room)}/store`, {
      body,
      headers: { "Content-Type": "application/octet-stream" },
      signal: AbortSignal.timeout(parcelMs),
    })
  }

  /** @throws AppError HANDOVER_REFUSED, HOST_UNREACHABLE */
  async bringFolder(room: RoomName, folder: { title: string; adopted: string[] }): Promise<void> {
    await this.#send("PUT", `/api/v1/folders/${encodeURIComponent(room)}`, json(folder))
  }

  /** @throws AppError HANDOVER_REFUSED, HOST_UNREACHABLE */
  async invite(wanted: { room: RoomName; role: Role; title: string; by: string }): Promise<string> {
    const response = await this.#send("POST", "/api/v1/invites", json({ ...wanted, expiresIn: null }))
    return signed.parse(await response.json()).token
  }

  /** Ends an invite that it gave. @throws AppError HANDOVER_REFUSED, HOST_UNREACHABLE */
  async revoke(tokenId: string): Promise<void> {
    await this.#send("DELETE", `/api/v1/invites/${encodeURIComponent(tokenId)}`, {})
  }

  /** Has it tell those who come that the room goes on elsewhere; null: there. @throws AppError HANDOVER_REFUSED, HOST_UNREACHABLE */
  async setMoved(room: RoomName, to: Move | null): Promise<void> {
    await this.#send(to === null ? "DELETE" : "PUT", `${pathOf(room)}/moved`, to === null ? {} : json(to))
  }

  async #send(method: string, path: string, init: RequestInit): Promise<Response> {
    let response: Response
    try {
      response = await fetch(this.origin + path, {
        signal: AbortSignal.timeout(answerMs),
        ...init,
        method,
        redirect: "error",
        headers: { ...init.headers, Authorization: `Bearer ${this.#token}` },
      })
    } catch (cause) {
      throw new AppError(
        "HOST_UNREACHABLE",
        `${this.#name} does not answer. Nothing was changed; everything goes on from here.`,
        { cause },
      )
    }
    if (!response.ok) throw this.#refusal(response.status)
    return response
  }

  #refusal(status: number): AppError {
    const why =
      status === 401 || status === 403
        ? `this is not the link of an owner of ${this.#name}, or it has ended`
        : status === 404
          ? `${this.#name} is no server of Manyhands, or an older one`
          : status === 507
            ? `the disk of ${this.#name} is full`
            : `${this.#name} does not take the document`
    return new AppError("HANDOVER_REFUSED", `Everything goes on from here: ${why}.`)
  }

  get #name(): string {
    return new URL(this.origin).host
  }
}

function pathOf(room: RoomName): string {
  return `/api/v1/rooms/${encodeURIComponent(room)}`
}

function json(value: object): RequestInit {
  return { body: JSON.stringify(value), headers: { "Content-Type": "application/json" } }
}
