import { writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { AppError } from "../../protocol/errors.ts"
import { formatDeepLink, formatInviteLink, parseInviteLink } from "../../protocol/invite.ts"
import { HostState } from "../../protocol/message.ts"
import { parseRoomName } from "../../protocol/room-name.ts"
import { inviteLink, joinedPair, room, startAgain, Window, whenAlike } from "./support/replicated.ts"
import { startServer, type TestServer, temporaryFolder } from "./support/server.ts"

/** Why the link was not joined. Joining it is a failure of the test. */
async function refusalOf(joiner: TestServer, link: string): Promise<AppError> {
  try {
    await joiner.server.replicas.join(link)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error("The link was joined")
}

/** A web server that knows nothing of documents. */
async function strangeServer(answer: { status: number; body: string }): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(answer.status, { "Content-Type": "application/json" }).end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe("joining", () => {
  test("takes the link as it is pasted, and the app's own form of it", async () => {
    const host = await startServer()
    const joiner = await startServer()
    const link = await inviteLink(host)
    const expected = { room, title: "Tides", by: "Mira", role: "editor", host: "Mira's computer" }
    expect(await joiner.server.replicas.join(` ${link}\n`)).toEqual(expected)
    expect(await joiner.server.replicas.join(formatDeepLink(parseInviteLink(link)))).toEqual(expected)
  })

  test("a document that is open already links it at once", async () => {
    const host = await startServer()
    const joiner = await startServer()
    const window = await Window.open(joiner)
    window.write("started alone")
    await window.whenDurable()
    await window.whenHost({ state: HostState.None })
    await joiner.server.replicas.join(await inviteLink(host))
    await window.whenSaved()
    await (await Window.open(host)).whenText("started alone")
  })

  test("is remembered over a restart", async () => {
    const { host, joiner } = await joinedPair()
    await joiner.stop()
    const again = await startAgain(joiner)
    const above = await Window.open(host)
    above.write("still together")
    const below = await Window.open(again)
    await below.whenText("still together")
    await below.whenSaved()
  })

  test("a second time with the host away opens what is here", async () => {
    const { host, joiner, link, joined } = await joinedPair()
    const below = await Window.open(joiner)
    below.write("kept here")
    await below.whenSaved()
    await host.stop()
    expect(await joiner.server.replicas.join(link)).toEqual(joined)
    await (await Window.open(joiner)).whenText("kept here")
  })

  test("the host's own document opens the file that it is", async () => {
    const host = await startServer()
    const path = join(temporaryFolder(), "Mine.md")
    writeFileSync(path, "mine\n")
    const opened = await host.server.mirror.open(path)
    const link = await inviteLink(host, { name: opened.room })
    expect(await host.server.replicas.join(link)).toEqual({
      room: opened.room,
      title: "Tides",
      by: "",
      role: "owner",
      host: "this computer",
    })
    const window = await Window.open(host, opened.room)
    await window.whenText("mine\n")
    await window.whenHost({ state: HostState.None })
  })

  test("once more at the host's new address goes on there", async () => {
    const { host, joiner } = await joinedPair()
    const below = await Window.open(joiner)
    below.write("moved;")
    await below.whenSaved()
    await host.stop()
    await below.whenHost({ state: HostState.Away })
    const moved = await startServer({ dataDir: host.dataDir })
    await joiner.server.replicas.join(await inviteLink(moved))
    below.write("arrived;")
    await below.whenSaved()
    await whenAlike(await Window.open(moved), below)
  })
})

describe("joining is refused, and nothing is changed,", () => {
  test("when the link has ended", async () => {
    const host = await startServer()
    const joiner = await startServer()
    const link = await inviteLink(host)
    await host.server.shares?.stop(room)
    expect(await refusalOf(joiner, link)).toMatchObject({
      code: "REPLICA_REFUSED",
      message: "This link has ended. Ask Mira for a new one.",
    })
    await (await Window.open(joiner)).whenHost({ state: HostState.None })
  })

  test("when the link was made by another server", async () => {
    const host = await startServer()
    const other = await startServer()
    const joiner = await startServer()
    const link = await inviteLink(other, { origin: host.httpUrl })
    expect(await refusalOf(joiner, link)).toMatchObject({ code: "REPLICA_REFUSED" })
  })

  test("when the link's token is for another document", async () => {
    const host = await startServer()
    const joiner = await startServer()
    const { origin, token } = parseInviteLink(await inviteLink(host))
    const link = formatInviteLink({ origin, token, room: parseRoomName("bcdefghijklmnopqrstu") })
    expect(await refusalOf(joiner, link)).toMatchObject({
      code: "REPLICA_REFUSED",
      message: "This link is for another document. Ask Mira for a new one.",
    })
  })

  test("when the host does not answer", async () => {
    const host = await startServer()
    const joiner = await startServer()
    const link = await inviteLink(host)
    await host.stop()
    expect(await refusalOf(joiner, link)).toMatchObject({
      code: "HOST_UNREACHABLE",
      message: "Mira's computer does not answer. Nothing was changed. Open the link again when it does.",
    })
    await (await Window.open(joiner)).whenHost({ state: HostState.None })
  })

  test.each([
    { what: "knows no such path", status: 404, body: "{}" },
    { what: "answers something else", status: 200, body: '{"hello":"there"}' },
    { what: "answers no JSON", status: 200, body: "<!doctype html>" },
    { what: "is in trouble", status: 503, body: "{}" },
  ])("when what answers is another server, which $what", async ({ status, body }) => {
    const host = await startServer()
    const joiner = await startServer()
    const link = await inviteLink(host, { origin: await strangeServer({ status, body }) })
    expect(await refusalOf(joiner, link)).toMatchObject({ code: "HOST_UNREACHABLE" })
  })

  test("when the link is for a whole server", async () => {
    const host = await startServer()
    const joiner = await startServer()
    const link = formatInviteLink({ origin: host.httpUrl, room: null, token: await host.token("editor") })
    expect(await refusalOf(joiner, link)).toMatchObject({
      code: "INVITE_LINK_INVALID",
      message: "This link is for a whole server. Ask for the link of one document.",
    })
  })

  test.each([
    { what: "no link", link: "see you at noon" },
    { what: "a link with a token that says nothing", link: `http://127.0.0.1:1/#room=${room}&token=a.b.c` },
    { what: "a link to a host that cannot exist", link: `http://999.1.1.1/#room=${room}&token=a.b.c` },
  ])("when it is $what", async ({ link }) => {
    const joiner = await startServer()
    expect(await refusalOf(joiner, link)).toMatchObject({ code: "INVITE_LINK_INVALID" })
  })

  test("when another host names a document that one has, and whose name can be guessed", async () => {
    const host = await startServer()
    const stranger = await startServer()
    const joiner = await startServer()
    await joiner.server.replicas.join(await inviteLink(host, { name: "notes" }))
    const below = await Window.open(joiner, "notes")
    below.write("between the two of us")
    await below.whenSaved()
    const link = await inviteLink(stranger, { name: "notes" })
    expect(await refusalOf(joiner, link)).toMatchObject({ code: "REPLICA_REFUSED" })
    below.write(", still")
    await below.whenSaved()
    await (await Window.open(host, "notes")).whenText("between the two of us, still")
    expect((await Window.open(stranger, "notes")).text.toString()).toBe("")
  })
})
