import { parseArgs } from "node:util"
import { AppError } from "../protocol/errors.ts"
import { Limits } from "../protocol/limits.ts"
import { isRole, type Role, roles } from "../protocol/role.ts"
import { parseRoomName, type RoomName } from "../protocol/room-name.ts"

export const usage = `manyhands-server [serve]        runs the server
manyhands-server invite OPTIONS prints an invite link
    --role owner|editor|commenter|viewer
    --room ROOM        only this document; without it, every one
    --expires 7d       30m, 12h, 7d; without it, the invite never ends
    --uses N           at most N at the same time
    --name NAME        for whom it is
    --url URL          where people reach the server, such as https://notes.example
    --token            prints the bare token
manyhands-server healthcheck    exits with 0 when the server on HOST:PORT is ready, else 1
manyhands-server --help | --version

The configuration comes from the environment: HOST, PORT, DATA_DIR, MIRROR_DIR, AUTH, AUTH_SECRET,
ALLOWED_ORIGINS, SHUTDOWN_TIMEOUT_MS, LOG_LEVEL. A variable that holds a secret can be given as NAME_FILE.`

export interface InviteOptions {
  role: Role
  room: RoomName | null
  /** Seconds from now; null never ends. */
  expiresIn: number | null
  uses: number | null
  name: string | null
  url: string | null
  onlyToken: boolean
}

export type Command =
  | { name: "serve" | "healthcheck" | "help" | "version" }
  | { name: "invite"; options: InviteOptions }

/** @throws AppError CONFIG_INVALID */
export function parseCommand(args: readonly string[]): Command {
  const [first = "serve", ...rest] = args
  switch (first) {
    case "serve":
    case "healthcheck":
      if (rest.length > 0)
        throw new AppError("CONFIG_INVALID", `${first} takes no arguments, got "${rest.join(" ")}"`)
      return { name: first }
    case "invite":
      return { name: "invite", options: parseInvite(rest) }
    case "--help":
    case "-h":
      return { name: "help" }
    case "--version":
      return { name: "version" }
    default:
      throw new AppError("CONFIG_INVALID", `"${first}" is no command\n\n${usage}`)
  }
}

function parseInvite(args: readonly string[]): InviteOptions {
  const values = readOptions(args)
  if (!isRole(values.role)) {
    throw new AppError("CONFIG_INVALID", `--role takes ${roles.join(", ")}; it is "${values.role ?? ""}"`)
  }
  return {
    role: values.role,
    room: values.room === undefined ? null : parseRoomName(values.room),
    expiresIn: values.expires === undefined ? null : parseDuration(values.expires),
    uses: values.uses === undefined ? null : parseUses(values.uses),
    name: values.name === undefined ? null : parseName(values.name),
    url: values.url === undefined ? null : parseUrl(values.url),
    onlyToken: values.token ?? false,
  }
}

function readOptions(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        role: { type: "string" },
        room: { type: "string" },
        expires: { type: "string" },
        uses: { type: "string" },
        name: { type: "string" },
        url: { type: "string" },
        token: { type: "boolean" },
      },
    })
    return values
  } catch (cause) {
    throw new AppError("CONFIG_INVALID", cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

const secondsOf: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }

function parseDuration(text: string): number {
  const [, amount = "", unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const seconds = Number(amount) * (secondsOf[unit] ?? 0)
  if (!(seconds > 0))
    throw new AppError("CONFIG_INVALID", `--expires takes a time such as 30m, 12h or 7d; it is "${text}"`)
  return seconds
}

function parseUses(text: string): number {
  const uses = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (uses < 1)
    throw new AppError("CONFIG_INVALID", `--uses takes a whole number from 1 to 999999; it is "${text}"`)
  return uses
}

function parseName(text: string): string {
  if (text.length <= Limits.personNameLength) return text
  throw new AppError(
    "CONFIG_INVALID",
    `--name takes at most ${Limits.personNameLength} characters; it has ${text.length}`,
  )
}

function parseUrl(text: string): string {
  if (URL.canParse(text)) {
    const url = new URL(text)
    if (url.protocol === "http:" || url.protocol === "https:") return url.origin
  }
  throw new AppError(
    "CONFIG_INVALID",
    `--url takes an address such as https://notes.example; it is "${text}"`,
  )
}
