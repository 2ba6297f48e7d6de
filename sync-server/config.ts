import { readFileSync } from "node:fs"
import { AppError } from "../protocol/errors.ts"
import { secretOfFolder } from "./access/secret.ts"

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const
export type LogLevel = (typeof logLevels)[number]

/** The whole configuration, read once from the environment. */
export interface Config {
  host: string
  /** 0: a free one. */
  port: number
  dataDir: string
  /** Every document is kept as a file below this folder. Null: none is. */
  mirrorDir: string | null
  auth: "token" | "none"
  /** Null with `auth: "none"`. */
  secret: string | null
  /** The secret was made by this start: nobody has an invite yet. */
  secretIsNew: boolean
  allowedOrigins: readonly string[]
  shutdownTimeoutMs: number
  logLevel: LogLevel
}

export type Environment = Readonly<Record<string, string | undefined>>

/** @throws AppError CONFIG_INVALID, whose text names the variable, its value and what it takes */
export function readConfig(env: Environment): Config {
  const host = text(env, "HOST") ?? "127.0.0.1"
  const dataDir = text(env, "DATA_DIR") ?? text(env, "YPERSISTENCE") ?? "./data"
  const auth = oneOf(env, "AUTH", ["token", "none"], "token")
  const given = secretVariable(env, "AUTH_SECRET")
  if (given !== undefined && given.length < 16) {
    throw new AppError("CONFIG_INVALID", "AUTH_SECRET must be at least 16 characters; it is shorter")
  }
  const made = auth === "token" && given === undefined ? secretOfFolder(dataDir) : null
  return Object.freeze({
    host,
    port: wholeNumber(env, "PORT", { min: 0, max: 65_535, otherwise: 1234 }),
    dataDir,
    mirrorDir: text(env, "MIRROR_DIR") ?? null,
    auth,
    secret: auth === "none" ? null : (given ?? made?.secret ?? null),
    secretIsNew: made?.isNew ?? false,
    allowedOrigins: readOrigins(env),
    shutdownTimeoutMs: wholeNumber(env, "SHUTDOWN_TIMEOUT_MS", { min: 100, max: 600_000, otherwise: 10_000 }),
    logLevel: oneOf(env, "LOG_LEVEL", logLevels, "info"),
  })
}

function readOrigins(env: Environment): readonly string[] {
  const value = text(env, "ALLOWED_ORIGINS")
  if (value === undefined) return []
  const origins = value.split(",").map((origin) => origin.trim())
  for (const origin of origins) {
    if (origin !== "*" && !/^[a-z][a-z0-9+.-]*:\/\/[^/\s]+$/i.test(origin)) {
      throw invalid(
        "ALLOWED_ORIGINS",
        value,
        "origins such as https://notes.example, separated by commas, or *",
      )
    }
  }
  return origins
}

/** An empty variable counts as not set, as it does for most tools that pass variables on. */
function text(env: Environment, name: string): string | undefined {
  const value = env[name]
  return value === undefined || value === "" ? undefined : value
}

/** The variable itself, or what the file that `NAME_FILE` names holds. */
function secretVariable(env: Environment, name: string): string | undefined {
  const direct = text(env, name)
  const file = text(env, `${name}_FILE`)
  if (direct !== undefined && file !== undefined) {
    throw new AppError("CONFIG_INVALID", `${name} and ${name}_FILE are both set; set one of them`)
  }
  if (file === undefined) return direct
  try {
    return readFileSync(file, "utf8").trim()
  } catch (cause) {
    throw new AppError("CONFIG_INVALID", `${name}_FILE must name a readable file, got "${file}"`, { cause })
  }
}

function wholeNumber(
  env: Environment,
  name: string,
  limits: { min: number; max: number; otherwise: number },
): number {
  const value = text(env, name)
  if (value === undefined) return limits.otherwise
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (Number.isNaN(number) || number < limits.min || number > limits.max) {
    throw invalid(name, value, `a whole number from ${limits.min} to ${limits.max}`)
  }
  return number
}

function oneOf<T extends string>(env: Environment, name: string, values: readonly T[], otherwise: T): T {
  const value = text(env, name)
  if (value === undefined) return otherwise
  const found = values.find((candidate) => candidate === value)
  if (found === undefined) throw invalid(name, value, values.join(", "))
  return found
}

function invalid(name: string, value: string, takes: string): AppError {
  return new AppError("CONFIG_INVALID", `${name} takes ${takes}; it is "${value}"`)
}
