import { createHmac } from "node:crypto"
import { describe, expect, onTestFinished, test } from "vitest"
import { knockAnswer, knockMade, nearbySession } from "../../protocol/api.ts"
import type { Knock } from "../../protocol/embedded.ts"
import { Limits } from "../../protocol/limits.ts"
import { parseRoomName } from "../../protocol/room-name.ts"
import { Knocks } from "../../sync-server/access/knocks.ts"
import { startServer } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

const room = parseRoomName("abcdefghijklmnopqrst")
const kit = { name: "Kit", peer: 7 }

/** A host that shares a document with people nearby, and who waits at its door. */
async function sharedNearby() {
  const waiting: Knock[][] = []
  const host = await startServer({
    events: {
      fileStatus: () => undefined,
      fileNotice: () => undefined,
      storeTrouble: () => undefined,
      joinedMoved: () => undefined,
      absence: () => undefined,
      knocks: (knocks) => waiting.push([...knocks]),
    },
  })
  const { shares } = host.server
  if (shares === null) throw new Error("This server asks for no tokens")
  const { token } = await shares.start({ room, role: "editor", title: "Tides", by: "Mira", expiresIn: null })
  const { nearby } = await shares.setNearby(room, true)
  const path = `${host.httpUrl}/api/v1/nearby/${nearby}`
  const knock = (body: unknown = kit, headers = { "Content-Type": "application/json" }) =>
    fetch(`${path}/knocks`, { method: "POST", headers, body: JSON.stringify(body) })
  return { host, shares, token, path, knock, waiting }
}

async function answerOf(url: string) {
  return knockAnswer.parse(await (await fetch(url)).json())
}

describe("people nearby", () => {
  test("are told what is shared and who is in it, and no word of it", async () => {
    const { path, host, token } = await sharedNearby()
    const response = await fetch(path)
    expect(nearbySession.parse(await response.json())).toEqual({
      title: "Tides",
      by: "Mira",
      kind: "file",
      people: [],
      proof: null,
    })
    expect(response.headers.get("cache-control")).toBe("no-store")
    expect(token).not.toBe("")
    expect((await fetch(`${host.httpUrl}/api/v1/nearby/unknown`)).status).toBe(404)
  })

  test("who know the room learn that it is the same", async () => {
    const { path } = await sharedNearby()
    const { proof } = nearbySession.parse(await (await fetch(`${path}?nonce=once`)).json())
    expect(proof).toBe(createHmac("sha256", room).update("once").digest("base64url"))
  })

  test("are let in by a person, and given the link that ends with the sharing", async () => {
    const { host, path, knock, waiting, token } = await sharedNearby()
    const response = await knock()
    expect(response.status).toBe(201)
    const { knock: secret } = knockMade.parse(await response.json())
    expect(waiting.at(-1)).toEqual([{ id: secret, room, title: "Tides", ...kit }])
    const answer = answerOf(`${path}/knocks/${secret}`)
    host.server.knocks.answer(secret, { state: "admitted", room, token })
    expect(await answer).toEqual({ state: "admitted", room, token })
    expect(waiting.at(-1)).toEqual([])
  })

  test("who are not let in are told so", async () => {
    const { host, path, knock } = await sharedNearby()
    const { knock: secret } = knockMade.parse(await (await knock()).json())
    host.server.knocks.answer(secret, { state: "declined" })
    expect(await answerOf(`${path}/knocks/${secret}`)).toEqual({ state: "declined" })
  })

  test("who think better of it are gone", async () => {
    const { path, knock, waiting } = await sharedNearby()
    const { knock: secret } = knockMade.parse(await (await knock()).json())
    await fetch(`${path}/knocks/${secret}`, { method: "DELETE" })
    expect(waiting.at(-1)).toEqual([])
    expect((await fetch(`${path}/knocks/${secret}`)).status).toBe(404)
  })

  test.each([
    { what: "no name", body: { name: " ", peer: 1 } },
    { what: "too long a name", body: { name: "x".repeat(Limits.personNameLength + 1), peer: 1 } },
    { what: "a colour that is none", body: { name: "Kit", peer: 99 } },
    { what: "nothing", body: null },
  ])("with $what are not announced to anybody", async ({ body }) => {
    const { knock, waiting } = await sharedNearby()
    expect((await knock(body)).status).toBe(400)
    expect(waiting).toEqual([])
  })

  test("a page of the web cannot ask in their place: a form's body is none of ours", async () => {
    const { knock, waiting } = await sharedNearby()
    expect((await knock(kit, { "Content-Type": "text/plain" })).status).toBe(400)
    expect(waiting).toEqual([])
  })

  test("find nothing once it is switched off, and nothing of what is shared by link alone", async () => {
    const { path, shares, knock } = await sharedNearby()
    await shares.setNearby(room, false)
    expect((await fetch(path)).status).toBe(404)
    expect((await knock()).status).toBe(404)
  })

  test("as many as the limit may wait, and one more is told to come back", async () => {
    const { knock, waiting } = await sharedNearby()
    for (let count = 1; count <= Limits.knocks; count++) expect((await knock()).status).toBe(201)
    expect((await knock()).status).toBe(429)
    expect(waiting.at(-1)).toHaveLength(Limits.knocks)
  })
})

describe("knocks", () => {
  test("of who has gone without a word are forgotten", async () => {
    const waiting: (readonly Knock[])[] = []
    const knocks = new Knocks({ onChange: (all) => waiting.push(all), forgottenAfterMs: 30 })
    onTestFinished(() => knocks.close())
    knocks.ask({ room, title: "Tides", ...kit })
    expect(waiting.at(-1)).toHaveLength(1)
    await waitFor(
      () => waiting.at(-1)?.length === 0,
      () => "nobody waits",
    )
  })

  test("stay for as long as somebody waits for the answer", async () => {
    const knocks = new Knocks({ onChange: () => undefined, forgottenAfterMs: 20 })
    onTestFinished(() => knocks.close())
    const secret = knocks.ask({ room, title: "Tides", ...kit })
    expect(await knocks.result(secret, 200, new AbortController().signal)).toEqual({ state: "waiting" })
    expect(knocks.waiting).toHaveLength(1)
  })

  test("to a room that is shared no longer are gone", () => {
    const knocks = new Knocks({ onChange: () => undefined })
    onTestFinished(() => knocks.close())
    knocks.ask({ room, title: "Tides", ...kit })
    knocks.ask({ room: "another", title: "Birds", ...kit })
    knocks.withdrawAll(room)
    expect(knocks.waiting.map((knock) => knock.room)).toEqual(["another"])
  })
})
