import { appendFileSync, writeFileSync } from "node:fs"
import { request } from "node:http"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { formatInviteLink } from "../../protocol/invite.ts"
import { Limits } from "../../protocol/limits.ts"
import { HostState } from "../../protocol/message.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import { encodeParcel, packRoom } from "../../sync-server/handover/room-parcel.ts"
import { decodeSegment } from "../../sync-server/history/segment.ts"
import { LmdbStore } from "../../sync-server/store/lmdb-store.ts"
import type { Store } from "../../sync-server/store/store.ts"
import { TestClient } from "./support/client.ts"
import { room, startAgain, Window } from "./support/replicated.ts"
import { startServer, type TestServer, temporaryFolder } from "./support/server.ts"
import { FolderGuest, FolderOnDisk, folderLink } from "./support/shared-folder.ts"
import { waitFor } from "./support/wait-for.ts"

/** The link that a container prints at its first start. */
async function ownersLink(server: TestServer): Promise<string> {
  return formatInviteLink({ origin: server.httpUrl, room: null, token: await server.token("owner") })
}

function handoverOf({ server }: TestServer) {
  if (server.handover === null) throw new Error("This server asks for no tokens")
  return server.handover
}

async function shared(host: TestServer, name: RoomName = room): Promise<string> {
  return folderLink(host, name)
}

/** A guest with a browser, who is told where the document goes on. */
class Guest extends TestClient {
  static async at(url: string, token: string, durable: 1 | null = 1): Promise<Guest> {
    const guest = new Guest(url, durable === null ? { room, token } : { room, token, durable })
    await guest.whenSynced()
    return guest
  }

  get moved(): { origin: string; token: string } | null {
    return this.heard.findLast((message) => message.type === "moved") ?? null
  }

  async whenMoved(): Promise<{ origin: string; token: string }> {
    await waitFor(
      () => this.moved !== null,
      () => "the guest is told",
    )
    return this.moved ?? { origin: "", token: "" }
  }
}

/** Mira hosts, Noor has joined with her app, Ines is a guest; a container stands by. */
async function session() {
  const dataDir = temporaryFolder()
  const store = new LmdbStore(dataDir)
  const host = await startServer({ dataDir, store })
  const server = await startServer()
  const link = await shared(host)
  const mira = await Window.open(host)
  mira.write("one\n")
  await mira.whenDurable()
  const joiner = await startServer()
  await joiner.server.replicas.join(link)
  const noor = await Window.open(joiner)
  await noor.whenSaved()
  const token = await host.token("editor", room)
  const ines = await Guest.at(host.wsUrl, token)
  return { host, store, server, joiner, mira, noor, ines }
}

describe("continuing on a server", () => {
  test("everybody is told, and goes on there without the host", async () => {
    const { host, server, mira, noor, ines } = await session()
    await handoverOf(host).continueOn(room, await ownersLink(server))
    const { origin, token } = await ines.whenMoved()
    expect(origin).toBe(server.httpUrl)
    const there = await Guest.at(server.wsUrl, token)
    await there.whenText("one\n")
    mira.write("two\n")
    await mira.whenSaved()
    await there.whenText("one\ntwo\n")
    await waitFor(
      async () => (await server.server.registry.rooms[0]?.memberCount) === 3,
      () => "Mira's and Noor's servers and Ines are there",
    )
    await host.stop()
    there.text.insert(0, "zero\n")
    await noor.whenText("zero\none\ntwo\n")
    noor.write("three\n")
    await noor.whenSaved()
    await there.whenText("zero\none\ntwo\nthree\n")
    expect(mira.closeCode).not.toBeNull()
  })

  test("all that the store keeps travels: every change with its time and author", async () => {
    const { host, store, server, mira } = await session()
    mira.text.delete(0, 1)
    await mira.whenDurable()
    await handoverOf(host).continueOn(room, await ownersLink(server))
    await server.stop()
    const theirs = new LmdbStore(server.dataDir)
    const again = await startServer({ dataDir: server.dataDir, store: theirs })
    await (await Window.open(again)).whenText("ne\n")
    const parcels = [await packed(store), await packed(theirs)]
    const [before, after] = parcels.map((parcel) =>
      parcel.segments.flatMap(({ bytes }) => decodeSegment(bytes)),
    )
    expect(after?.slice(0, before?.length).map(({ time, update }) => [time, [...update]])).toEqual(
      before?.map(({ time, update }) => [time, [...update]]),
    )
    expect(before?.length).toBeGreaterThan(1)
  })

  test("a person may do there what they might here, and no more", async () => {
    const { host, server } = await session()
    const reader = await Guest.at(host.wsUrl, await host.token("viewer", room))
    await handoverOf(host).continueOn(room, await ownersLink(server))
    const { token } = await reader.whenMoved()
    const there = await Guest.at(server.wsUrl, token)
    there.text.insert(0, "mine ")
    await waitFor(
      () => there.heard.some(({ type }) => type === "permission-denied"),
      () => "the reader is denied",
    )
  })

  test("who comes later by the old link is told as well, also after a restart of the host", async () => {
    const { host, server } = await session()
    await handoverOf(host).continueOn(room, await ownersLink(server))
    await host.stop()
    const again = await startAgain(host)
    const token = await again.token("editor", room)
    const late = await Guest.at(again.wsUrl, token)
    expect((await late.whenMoved()).origin).toBe(server.httpUrl)
    const stranger = await Guest.at(again.wsUrl, token, null)
    stranger.text.insert(0, "y-websocket goes on here ")
    await late.whenText("y-websocket goes on here one\n")
    expect(stranger.moved).toBeNull()
  })

  test("what was written without the host in reach comes along when it is back", async () => {
    const { host, server, mira } = await session()
    await handoverOf(host).continueOn(room, await ownersLink(server))
    await server.stop()
    await mira.whenHost({ state: HostState.Away })
    mira.write("offline\n")
    await startAgain(server)
    await mira.whenSaved()
  })

  test("a folder goes on as a whole, files that nobody has opened too", async () => {
    const host = await startServer()
    const server = await startServer()
    const path = temporaryFolder()
    writeFileSync(join(path, "Old.md"), "old\n")
    const opened = await host.server.mirror.open(join(path, "Old.md"))
    const folder = await FolderOnDisk.shared({ "Tides.md": "high\n", "notes/Walk.md": "far\n" }, host)
    await host.server.mirror.rename(join(path, "Old.md"), folder.at("Old.md"))
    await folder.list()
    await folderLink(host, folder.room)
    const guest = await FolderGuest.at(host, folder.room)
    await guest.whenPaths("Old.md", "Tides.md", "notes/Walk.md")
    await handoverOf(host).continueOn(folder.room, await ownersLink(server))
    const elsewhere = await handoverOf(host).of(folder.room)
    expect(elsewhere?.origin).toBe(server.httpUrl)

    const there = await FolderGuest.by({
      url: server.wsUrl,
      folder: folder.room,
      token: elsewhere?.token ?? "",
    })
    await there.whenPaths("Old.md", "Tides.md", "notes/Walk.md")
    await (await there.open("notes/Walk.md")).whenText("far\n")
    expect(there.roomOf("Old.md")).toBe(opened.room)
    await (await there.open("Old.md")).whenText("old\n")

    // The folder on the host's disk stays alike with it.
    const tides = await there.open("Tides.md")
    const window = await Window.open(host, there.roomOf("Tides.md"))
    tides.text.insert(4, "er")
    await folder.whenOnDisk("Tides.md", "higher\n")
    appendFileSync(folder.at("Tides.md"), "lower\n")
    await tides.whenText("higher\nlower\n")
    await window.whenSaved()
  })
})

describe("coming back", () => {
  test("everybody is told to come home, and the server can go", async () => {
    const { host, server, mira, noor, ines: before } = await session()
    await handoverOf(host).continueOn(room, await ownersLink(server))
    before.close()
    const { token } = (await handoverOf(host).of(room)) ?? { token: "" }
    const ines = await Guest.at(server.wsUrl, token)
    await handoverOf(host).bringBack(room, host.httpUrl)
    expect(await handoverOf(host).of(room)).toBeNull()
    const home = await ines.whenMoved()
    expect(home.origin).toBe(host.httpUrl)
    // What is written there on the way comes along.
    ines.text.insert(0, "still there\n")
    await mira.whenText("still there\none\n")
    const back = await Guest.at(host.wsUrl, home.token)
    await back.whenText("still there\none\n")
    await waitFor(
      () => host.server.registry.rooms[0]?.memberCount === 3,
      () => "Mira's window, Noor's server and Ines are here",
    )
    await server.stop()
    noor.write("home\n")
    await back.whenText("still there\none\nhome\n")
    await noor.whenSaved()
  })

  test("the end of sharing ends it there and here", async () => {
    const { host, server, mira } = await session()
    await handoverOf(host).continueOn(room, await ownersLink(server))
    const { token } = (await handoverOf(host).of(room)) ?? { token: "" }
    const ines = await Guest.at(server.wsUrl, token)
    await handoverOf(host).end(room)
    expect(await ines.whenClosed()).toBe(4403)
    await mira.whenHost({ state: HostState.None })
    mira.write("alone\n")
    await mira.whenDurable()
  })
})

describe("taking over", () => {
  test("who is left hosts it; the others come by a new link, and bring what they wrote alone", async () => {
    const { host, joiner, noor } = await session()
    const jonas = await startServer()
    await jonas.server.replicas.join(await shared(host))
    const jonasWindow = await Window.open(jonas)
    await jonasWindow.whenSaved()
    await host.stop()
    await noor.whenHost({ state: HostState.Away })
    noor.write("noor\n")
    jonasWindow.write("jonas\n")
    await joiner.server.takeOver(room)
    await noor.whenHost({ state: HostState.None, waiting: 0 })
    await jonas.server.replicas.join(await shared(joiner))
    await jonasWindow.whenSaved()
    for (const words of ["one\n", "noor\n", "jonas\n"]) {
      await waitFor(
        () => noor.text.toString().includes(words),
        () => noor.text.toString(),
      )
    }
    // It is so after a restart too.
    await joiner.stop()
    const again = await Window.open(await startAgain(joiner))
    again.write("later\n")
    await again.whenDurable()
    await again.whenHost({ state: HostState.None })
    await jonasWindow.whenSaved()
  })

  test("a folder is hosted with all its files", async () => {
    const folder = await FolderOnDisk.shared({ "Tides.md": "high\n" })
    const joiner = await startServer()
    await joiner.server.replicas.join(await folderLink(folder.host, folder.room))
    const tree = await Window.open(joiner, folder.room)
    await tree.whenSaved()
    const [tides = ""] = tree.doc.getMap("files").keys()
    const window = await Window.open(joiner, tides)
    await window.whenText("high\n")
    await folder.host.stop()
    await joiner.server.takeOver(folder.room)
    const guest = await FolderGuest.at(joiner, folder.room)
    await guest.whenPaths("Tides.md")
    const there = await guest.open("Tides.md")
    there.text.insert(0, "very ")
    await window.whenText("very high\n")
    await window.whenHost({ state: HostState.None, waiting: 0 })
  })
})

describe("a handover that cannot be", () => {
  test.each([
    { what: "the link is no owner's", role: "editor" as const, code: "HANDOVER_REFUSED" },
    { what: "nobody answers", role: null, code: "HOST_UNREACHABLE" },
  ])("changes nothing: $what", async ({ role, code }) => {
    const { host, server, mira, ines } = await session()
    const token = await server.token(role ?? "owner")
    const link = formatInviteLink({ origin: server.httpUrl, room: null, token })
    if (role === null) await server.stop()
    await expect(handoverOf(host).continueOn(room, link)).rejects.toMatchObject({ code })
    expect(await handoverOf(host).of(room)).toBeNull()
    mira.write("two\n")
    await ines.whenText("one\ntwo\n")
    expect(ines.moved).toBeNull()
    expect(mira.host?.state).toBe(HostState.None)
  })

  test("without sharing there is nobody to tell", async () => {
    const host = await startServer()
    const server = await startServer()
    await expect(handoverOf(host).continueOn(room, await ownersLink(server))).rejects.toMatchObject({
      code: "NOT_ALLOWED",
    })
  })

  test("a document that the server has already is merged with what it has", async () => {
    const { host, server, mira } = await session()
    const theirs = await Window.open(server)
    theirs.write("there before\n")
    await theirs.whenDurable()
    await handoverOf(host).continueOn(room, await ownersLink(server))
    await mira.whenSaved()
    await waitFor(
      () => ["one\n", "there before\n"].every((line) => mira.text.toString().includes(line)),
      () => mira.text.toString(),
    )
  })

  test.each([
    { what: "cut off", spoil: (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 3) },
    { what: "of another version", spoil: (bytes: Uint8Array) => Uint8Array.from([9, ...bytes.subarray(1)]) },
    {
      what: "spoilt on the way",
      spoil: (bytes: Uint8Array) => bytes.map((byte, at) => (at === bytes.length - 9 ? byte ^ 1 : byte)),
    },
  ])("a parcel that is $what is refused, and nothing of it kept", async ({ spoil }) => {
    const { store, server } = await session()
    const bytes = Buffer.from(spoil(encodeParcel(await packed(store))))
    const response = await fetch(`${server.httpUrl}/api/v1/rooms/${room}/store`, {
      method: "PUT",
      headers: {
        Authorization: `Bearer ${await server.token("owner")}`,
        "Content-Type": "application/octet-stream",
      },
      body: bytes,
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: "PARCEL_DAMAGED" })
    await (await Window.open(server)).whenText("")
  })

  test("a parcel that is larger than the limit is refused before it is read", async () => {
    const server = await startServer()
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const put = request(
        `${server.httpUrl}/api/v1/rooms/${room}/store`,
        { method: "PUT", headers: { "Content-Length": Limits.parcelBytes + 1, ...binary } },
        (response) => {
          resolve(response.statusCode)
          put.destroy()
        },
      )
      put.on("error", reject)
      put.flushHeaders()
    })
    expect(status).toBe(413)
  })

  test.each(["editor", null] as const)("nobody but an owner is heard: %s", async (role) => {
    const server = await startServer()
    const token = role === null ? "a.b.c" : await server.token(role)
    const paths: [string, string][] = [
      ["PUT", `rooms/${room}/store`],
      ["PUT", `rooms/${room}/moved`],
      ["DELETE", `rooms/${room}/moved`],
      ["POST", "invites"],
      ["DELETE", "invites/x"],
    ]
    for (const [method, path] of paths) {
      const response = await fetch(`${server.httpUrl}/api/v1/${path}`, {
        method,
        headers: { Authorization: `Bearer ${token}` },
      })
      expect(response.status).toBe(role === null ? 401 : 403)
    }
  })
})

const binary = { "Content-Type": "application/octet-stream" }

async function packed(store: Store) {
  const parcel = await packRoom(store, room)
  if (parcel === null) throw new Error("Nothing is kept of the room")
  return parcel
}
