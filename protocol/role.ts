import { isMadeFor } from "./shared-folder.ts"

/** What a token lets its bearer do, most first. */
export const roles = ["owner", "editor", "commenter", "viewer"] as const
export type Role = (typeof roles)[number]

export function isRole(value: unknown): value is Role {
  return roles.some((role) => role === value)
}

/** Comments on the room `ID` live in the room `.comments/ID`; names that begin with a dot are reserved. */
const commentsPrefix = ".comments/"

/** Whether the role may change the room. Decided by the names alone, so no update is ever inspected for what it touches. */
export function mayWrite(role: Role, room: string): boolean {
  switch (role) {
    case "owner":
    case "editor":
      return true
    case "commenter":
      return room.startsWith(commentsPrefix)
    case "viewer":
      return false
  }
}

/**
 * Whether a token for `tokenRoom` (none: every room) opens `room`, as far as the names tell. A document's token opens its
 * comments as well, a folder's the files that were made for it; which others are in the folder, its host knows.
 */
export function mayEnter(tokenRoom: string | undefined, room: string): boolean {
  if (tokenRoom === undefined || tokenRoom === room) return true
  const document = documentOf(room)
  return tokenRoom === document || isMadeFor(tokenRoom, document)
}

/** The room of the text that a room is, or is the comments of. */
export function documentOf(room: string): string {
  return room.startsWith(commentsPrefix) ? room.slice(commentsPrefix.length) : room
}
