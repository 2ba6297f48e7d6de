import { SignJWT } from "jose"
import { afterEach, describe, expect, test, vi } from "vitest"
import { Tokens } from "../../sync-server/access/tokens.ts"

const secret = "0123456789abcdef"
const other = "fedcba9876543210"

afterEach(() => vi.useRealTimers())

function setClock(seconds: number): void {
  vi.useFakeTimers({ now: seconds * 1000, toFake: ["Date"] })
}

describe("a token that was verified before", () => {
  test("is the same access again, so that a crowd shares one", async () => {
    const tokens = new Tokens({ secret, revoked: new Set() })
    const { token } = await tokens.sign({ role: "editor", room: "notes" }, null)
    expect(await tokens.verify(token)).toBe(await tokens.verify(token))
  })

  test("is refused from the moment on which it expires, with the usual tolerance", async () => {
    setClock(1_000_000)
    const tokens = new Tokens({ secret, revoked: new Set() })
    const { token } = await tokens.sign({ role: "editor" }, 60)
    await tokens.verify(token)
    setClock(1_000_064)
    await tokens.verify(token)
    setClock(1_000_065)
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: "TOKEN_INVALID" })
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: "TOKEN_INVALID" })
  })

  test("is refused from the moment on which it is revoked", async () => {
    const revoked = new Set<string>()
    const tokens = new Tokens({ secret, revoked })
    const { token, id } = await tokens.sign({ role: "editor" }, null)
    await tokens.verify(token)
    revoked.add(id)
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: "TOKEN_REVOKED" })
  })

  test("is verified again when thousands came after it", async () => {
    const tokens = new Tokens({ secret, revoked: new Set() })
    const { token } = await tokens.sign({ role: "editor" }, null)
    const first = await tokens.verify(token)
    for (let index = 0; index < 4_100; index += 1)
      await tokens.verify((await tokens.sign({ role: "viewer" }, null)).token)
    const again = await tokens.verify(token)
    expect(again).not.toBe(first)
    expect(again).toEqual(first)
  })
})

describe("a token that is refused", () => {
  test.each([
    ["none", null],
    ["an empty one", ""],
    ["what is no token", "x.y.z"],
  ])("%s", async (_name, token) => {
    const tokens = new Tokens({ secret, revoked: new Set() })
    for (let time = 0; time < 2; time += 1)
      await expect(tokens.verify(token)).rejects.toMatchObject({ code: "TOKEN_INVALID" })
  })

  test("one that another secret signed, however often it comes", async () => {
    const tokens = new Tokens({ secret, revoked: new Set() })
    const { token } = await new Tokens({ secret: other, revoked: new Set() }).sign({ role: "owner" }, null)
    for (let time = 0; time < 3; time += 1)
      await expect(tokens.verify(token)).rejects.toMatchObject({ code: "TOKEN_INVALID" })
  })

  test("one with a good signature that another was changed to after it was verified", async () => {
    const tokens = new Tokens({ secret, revoked: new Set() })
    const { token } = await tokens.sign({ role: "viewer" }, null)
    await tokens.verify(token)
    const [head, , signature] = token.split(".")
    const claims = Buffer.from(JSON.stringify({ role: "owner", jti: "x" })).toString("base64url")
    await expect(tokens.verify(`${head}.${claims}.${signature}`)).rejects.toMatchObject({
      code: "TOKEN_INVALID",
    })
  })

  test("one without a name of its own, by which it could be ended", async () => {
    const token = await new SignJWT({ role: "owner" })
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode(secret))
    await expect(new Tokens({ secret, revoked: new Set() }).verify(token)).rejects.toMatchObject({
      code: "TOKEN_INVALID",
    })
  })
})
