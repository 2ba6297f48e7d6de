import { encodeUtf8 } from "lib0/string"
import { AppError } from "./errors.ts"
import { Limits } from "./limits.ts"

declare const brand: unique symbol
/** A checked room name: 1 to 512 bytes of UTF-8, no control characters. */
export type RoomName = string & { readonly [brand]: "RoomName" }

// Control characters would make log lines and file names ambiguous; a lone surrogate is not encodable.
const forbidden = /[\p{Cc}\p{Cs}]/u

/** The reserved names that clients may use: a document's comments, and the tree of a shared folder. */
const openPrefixes = [".comments/", ".folders/"]

/** @throws AppError ROOM_NAME_INVALID */
export function parseRoomName(text: string): RoomName {
  if (text === "") throw new AppError("ROOM_NAME_INVALID", "A room name must not be empty")
  if (forbidden.test(text)) {
    throw new AppError("ROOM_NAME_INVALID", "A room name must not contain control characters")
  }
  if (encodeUtf8(text).length > Limits.roomNameBytes) {
    throw new AppError(
      "ROOM_NAME_INVALID",
      `A room name must be at most ${Limits.roomNameBytes} bytes of UTF-8`,
    )
  }
  if (text.startsWith(".") && !openPrefixes.some((prefix) => text.startsWith(prefix))) {
    throw new AppError("ROOM_NAME_INVALID", "Room names that begin with a dot are reserved")
  }
  return text as RoomName
}

/** The room of an upgrade request: the decoded path without its first slash. @throws AppError ROOM_NAME_INVALID */
export function roomNameFromPath(path: string): RoomName {
  let decoded: string
  try {
    decoded = decodeURIComponent(path.replace(/^\//, ""))
  } catch (cause) {
    throw new AppError("ROOM_NAME_INVALID", "The path is not valid percent-encoding", { cause })
  }
  return parseRoomName(decoded)
}
