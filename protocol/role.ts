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

/** Whether a token for `tokenRoom` (none: every room) opens `room`. A document's token opens its comments as well. */
export function mayEnter(tokenRoom: string | undefined, room: string): boolean {
  return tokenRoom === undefined || tokenRoom === room || room === commentsPrefix + tokenRoom
}
