import { describe, expect, test } from "vitest"
import { CloseCode, isFinal } from "../../protocol/close-code.ts"
import { Limits } from "../../protocol/limits.ts"
import { roles } from "../../protocol/role.ts"
import { parseRoomName } from "../../protocol/room-name.ts"
import { TestClient } from "./support/client.ts"
import { startServer } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

describe("the door", () => {
  test.each([
    ["no token", undefined],
    ["an empty token", ""],
    ["no JWT", "abc"],
    ["a token of another server", "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoib3duZXIiLCJqdGkiOiJ4In0.c2lnbmF0dXJl"],
    ["an unsigned token", "eyJhbGciOiJub25lIn0.eyJyb2xlIjoib3duZXIiLCJqdGkiOiJ4In0."],
  ])("refuses %s with a final code", async (_name, token) => {
    const server = await startServer()
    const client = new TestClient(server.wsUrl, { room: "notes", ...(token === undefined ? {} : { token }) })
    expect(await client.whenClosed()).toBe(CloseCode.Unauthorized)
    expect(client.heard).toEqual([])
  })

  test("refuses a token for another room, and an expired one", async () => {
    const server = await startServer()
    const other = new TestClient(server.wsUrl, {
      room: "notes",
      token: await server.token("owner", "letters"),
    })
    expect(await other.whenClosed()).toBe(CloseCode.Forbidden)
    const expired = await server.server.tokens?.sign({ role: "owner" }, -3600)
    const late = new TestClient(server.wsUrl, { room: "notes", token: expired?.token ?? "" })
    expect(await late.whenClosed()).toBe(CloseCode.Unauthorized)
  })

  test("takes the token as a subprotocol too", async () => {
    const server = await startServer()
    const token = await server.token("editor", "notes")
    await new TestClient(server.wsUrl, { room: "notes", protocols: [`token.${token}`] }).whenSynced()
  })

  test.each([
    ["its own origin", (host: string) => `http://${host}`, true],
    ["a foreign origin", () => "https://evil.example", false],
    ["an origin that is allowed", () => "app://manyhands", true],
    ["an opaque origin", () => "null", false],
  ])("judges a page of %s", async (_name, origin, allowed) => {
    const server = await startServer({ env: { ALLOWED_ORIGINS: "app://manyhands" } })
    const token = await server.token("editor", "notes")
    const headers = { origin: origin(`127.0.0.1:${server.port}`) }
    const client = new TestClient(server.wsUrl, { room: "notes", token, headers })
    if (allowed) await client.whenSynced()
    else expect(await client.whenClosed()).toBe(CloseCode.Forbidden)
  })

  test("refuses reserved and oversized room names for good", async () => {
    const server = await startServer()
    const token = await server.token("owner")
    for (const room of [".secret", "x".repeat(513), ""]) {
      const code = await new TestClient(server.wsUrl, { room, token }).whenClosed()
      expect(code).toBe(CloseCode.NoSuchRoom)
    }
    await new TestClient(server.wsUrl, { room: "x".repeat(512), token }).whenSynced()
  })

  test("lets in no more people than an invite has places, and lets the next come back later", async () => {
    const server = await startServer()
    const signed = await server.server.tokens?.sign({ role: "editor", room: "notes", uses: 1 }, null)
    const token = signed?.token ?? ""
    const first = await new TestClient(server.wsUrl, { room: "notes", token }).whenSynced()
    const second = await new TestClient(server.wsUrl, { room: "notes", token }).whenClosed()
    expect(second).toBe(CloseCode.Overloaded)
    expect(isFinal(second)).toBe(false)
    first.close()
    await waitFor(
      async () => {
        const next = new TestClient(server.wsUrl, { room: "notes", token })
        await waitFor(
          () => next.synced || next.closeCode !== null,
          () => "an answer",
        )
        return next.synced
      },
      () => "the place is free again",
    )
  })

  test("asks for nothing with AUTH=none", async () => {
    const server = await startServer({ env: { AUTH: "none" } })
    await new TestClient(server.wsUrl, { room: "notes" }).whenSynced()
  })
})

describe("a role", () => {
  test.each(roles.map((role) => ({ role, writes: role === "owner" || role === "editor" })))(
    "of $role is enforced at the frame",
    async ({ role, writes }) => {
      const server = await startServer()
      const witness = await new TestClient(server.wsUrl, {
        room: "notes",
        token: await server.token("owner"),
      }).whenSynced()
      const client = await new TestClient(server.wsUrl, {
        room: "notes",
        token: await server.token(role, "notes"),
        durable: 1,
      }).whenSynced()
      client.text.insert(0, "mine")
      if (writes) {
        await witness.whenText("mine")
        return
      }
      await waitFor(
        () => client.heard.some(({ type }) => type === "permission-denied"),
        () => "it is told that it may not",
      )
      witness.text.insert(0, "theirs")
      await waitFor(
        () => client.text.toString().includes("theirs"),
        () => "it still reads",
      )
      expect(witness.text.toString()).toBe("theirs")
      // Its empty step 2 counts as kept; the edit never does.
      expect(client.durable).toBeLessThan(client.sent)
    },
  )

  test("of commenter writes the comments of its document, and no others", async () => {
    const server = await startServer()
    const token = await server.token("commenter", "notes")
    const client = await new TestClient(server.wsUrl, {
      room: ".comments/notes",
      token,
      durable: 1,
    }).whenSynced()
    client.doc.getMap("threads").set("one", "well said")
    await client.whenDurable()
    expect(await new TestClient(server.wsUrl, { room: ".comments/other", token }).whenClosed()).toBe(
      CloseCode.Forbidden,
    )
  })
})

describe("an invite that is ended", () => {
  test("closes who came by it, keeps them out over a restart, and leaves others in", async () => {
    const first = await startServer()
    const room = parseRoomName("notes")
    const share = await first.server.shares?.start({
      room,
      role: "editor",
      title: "Notes",
      by: "Mira",
      expiresIn: 3600,
    })
    const token = share?.token ?? ""
    const guest = await new TestClient(first.wsUrl, { room, token }).whenSynced()
    const owner = await new TestClient(first.wsUrl, { room, token: await first.token("owner") }).whenSynced()
    await first.server.shares?.stop(room)
    expect(await guest.whenClosed()).toBe(CloseCode.Forbidden)
    expect(owner.isOpen).toBe(true)
    expect(await new TestClient(first.wsUrl, { room, token }).whenClosed()).toBe(CloseCode.Unauthorized)
    await first.stop()

    const second = await startServer({ dataDir: first.dataDir })
    expect(await new TestClient(second.wsUrl, { room, token }).whenClosed()).toBe(CloseCode.Unauthorized)
  })

  test("opens although the file's name is longer than an invite carries", async () => {
    const server = await startServer()
    const room = parseRoomName("long")
    const title = `${"x".repeat(Limits.titleLength - 1)}😀 and more`
    const share = await server.server.shares?.start({
      room,
      role: "editor",
      title,
      by: "Mira",
      expiresIn: 60,
    })
    expect(share?.title).toBe("x".repeat(Limits.titleLength - 1))
    await new TestClient(server.wsUrl, { room, token: share?.token ?? "" }).whenSynced()
  })

  test("is a new one when the document is shared again; a running one stays the same over a restart", async () => {
    const first = await startServer()
    const wanted = {
      room: parseRoomName("notes"),
      role: "editor" as const,
      title: "Notes",
      by: "Mira",
      expiresIn: 3600,
    }
    const one = await first.server.shares?.start(wanted)
    await first.stop()
    const second = await startServer({ dataDir: first.dataDir })
    expect((await second.server.shares?.start(wanted))?.token).toBe(one?.token)
    expect(await second.server.shares?.list()).toHaveLength(1)
    await second.server.shares?.stop(wanted.room)
    expect(await second.server.shares?.list()).toEqual([])
    expect((await second.server.shares?.start(wanted))?.token).not.toBe(one?.token)
  })
})

describe("the invitation", () => {
  const ask = async (url: string, room: string, token: string) => {
    const answer = await fetch(`${url}/api/v1/invitation?room=${encodeURIComponent(room)}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    return { status: answer.status, body: await answer.json() }
  }

  test("tells a guest the title, the host and who is inside, and not a word of the text", async () => {
    const server = await startServer()
    const room = parseRoomName("abc123")
    const share = await server.server.shares?.start({
      room,
      role: "editor",
      title: "Tides",
      by: "Mira",
      expiresIn: null,
    })
    const mira = await new TestClient(server.wsUrl, { room, token: await server.token("owner") }).whenSynced()
    mira.text.insert(0, "secret words")
    mira.sendAwareness([
      { clientId: 1, clock: 1, state: { user: { name: "Mira", color: "#2365d1", peer: 1, id: "m" } } },
    ])
    await waitFor(
      async () => (await ask(server.httpUrl, room, share?.token ?? "")).body.people.length === 1,
      () => "Mira is inside",
    )
    const { status, body } = await ask(server.httpUrl, room, share?.token ?? "")
    expect(status).toBe(200)
    expect(body).toEqual({
      room,
      role: "editor",
      title: "Tides",
      by: "Mira",
      hostKind: "computer",
      people: [{ name: "Mira", peer: 1 }],
    })
  })

  test("is refused with 401 without a good token, with 403 for another room, with 400 for no room", async () => {
    const server = await startServer()
    expect((await ask(server.httpUrl, "notes", "x")).status).toBe(401)
    expect((await ask(server.httpUrl, "notes", await server.token("editor", "other"))).status).toBe(403)
    expect((await ask(server.httpUrl, ".hidden", await server.token("editor"))).status).toBe(400)
  })
})
