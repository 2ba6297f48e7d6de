import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { readConfig } from "../../sync-server/config.ts"

const folder = mkdtempSync(join(tmpdir(), "manyhands-config-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const base = { DATA_DIR: folder }

describe("the configuration", () => {
  test("has the defaults of the contract", () => {
    expect(readConfig(base)).toMatchObject({
      host: "127.0.0.1",
      port: 1234,
      auth: "token",
      allowedOrigins: [],
      shutdownTimeoutMs: 10_000,
      logLevel: "info",
    })
  })

  test("makes its secret once, for its owner's eyes only", () => {
    const dataDir = join(folder, "fresh")
    const first = readConfig({ DATA_DIR: dataDir })
    const second = readConfig({ DATA_DIR: dataDir })
    expect(first.secretIsNew).toBe(true)
    expect(second.secretIsNew).toBe(false)
    expect(second.secret).toBe(first.secret)
    expect(statSync(join(dataDir, "auth-secret")).mode & 0o777).toBe(0o600)
  })

  test("takes y-websocket's own name for the folder, and DATA_DIR before it", () => {
    expect(readConfig({ YPERSISTENCE: join(folder, "y"), AUTH: "none" }).dataDir).toBe(join(folder, "y"))
    expect(readConfig({ YPERSISTENCE: "y", DATA_DIR: folder }).dataDir).toBe(folder)
  })

  test("reads a secret from a file", () => {
    const file = join(folder, "secret")
    writeFileSync(file, "correct horse battery staple\n")
    expect(readConfig({ ...base, AUTH_SECRET_FILE: file }).secret).toBe("correct horse battery staple")
  })

  test.each([
    ["PORT", "http"],
    ["PORT", "-1"],
    ["PORT", "65536"],
    ["PORT", "1.5"],
    ["AUTH", "maybe"],
    ["AUTH_SECRET", "short"],
    ["ALLOWED_ORIGINS", "notes.example"],
    ["SHUTDOWN_TIMEOUT_MS", "99"],
    ["SHUTDOWN_TIMEOUT_MS", "600001"],
    ["LOG_LEVEL", "loud"],
    ["AUTH_SECRET_FILE", "/does/not/exist"],
  ])("says what is wrong with %s=%s", (name, value) => {
    expect(() => readConfig({ ...base, [name]: value })).toThrowError(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    )
    expect(() => readConfig({ ...base, [name]: value })).toThrowError(name)
  })

  test.each([
    ["PORT", "0"],
    ["PORT", "65535"],
    ["SHUTDOWN_TIMEOUT_MS", "100"],
    ["SHUTDOWN_TIMEOUT_MS", "600000"],
    ["ALLOWED_ORIGINS", "https://notes.example, app://manyhands"],
    ["ALLOWED_ORIGINS", "*"],
    ["AUTH_SECRET", "x".repeat(16)],
    ["PORT", ""],
  ])("takes %s=%s", (name, value) => {
    expect(() => readConfig({ ...base, [name]: value })).not.toThrow()
  })

  test("never repeats a secret in its complaint", () => {
    expect(() => readConfig({ ...base, AUTH_SECRET: "hunter2" })).not.toThrowError("hunter2")
  })
})
