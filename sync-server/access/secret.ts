import { randomBytes } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { AppError } from "../../protocol/errors.ts"

const fileName = "auth-secret"
const secretBytes = 32

/**
 * The secret of a data folder. The first start makes it (mode 0600, never overwritten), so that two processes
 * that start at once agree. `isNew` tells that first start apart.
 * @throws AppError CONFIG_INVALID when it can neither be read nor made
 */
export function secretOfFolder(folder: string): { secret: string; isNew: boolean } {
  const path = join(folder, fileName)
  try {
    mkdirSync(folder, { recursive: true })
    try {
      writeFileSync(path, randomBytes(secretBytes).toString("base64url"), { mode: 0o600, flag: "wx" })
      return { secret: readSecret(path), isNew: true }
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error
      return { secret: readSecret(path), isNew: false }
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError(
      "CONFIG_INVALID",
      `The secret ${path} can neither be read nor made; set AUTH_SECRET or DATA_DIR`,
      { cause },
    )
  }
}

function readSecret(path: string): string {
  const secret = readFileSync(path, "utf8").trim()
  if (secret.length < 16)
    throw new AppError("CONFIG_INVALID", `The secret in ${path} is shorter than 16 characters`)
  return secret
}
