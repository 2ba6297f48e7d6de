import { type RoomName, roomNameFromPath } from "../../protocol/room-name.ts"
import type { DurableLevel } from "./receipts.ts"

/** What the request line of a handshake asks for. */
export class Target {
  /** As it came. */
  readonly text: string
  readonly token: string | null
  readonly durable: DurableLevel
  readonly #path: string
  #room: RoomName | null = null

  constructor(text: string) {
    const { pathname, searchParams } = new URL(text, "http://localhost")
    this.text = text
    this.token = searchParams.get("token")
    this.durable = durableLevel(searchParams.get("durable"))
    this.#path = pathname
  }

  /** @throws AppError ROOM_NAME_INVALID */
  get room(): RoomName {
    this.#room ??= roomNameFromPath(this.#path)
    return this.#room
  }
}

function durableLevel(text: string | null): DurableLevel {
  switch (text) {
    case "1":
      return 1
    case "2":
      return 2
    default:
      return 0
  }
}
