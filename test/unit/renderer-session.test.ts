import { describe, expect, onTestFinished, test } from "vitest"
import { HostState } from "../../protocol/message.ts"
import { DocumentSession, type SessionOptions } from "../../renderer/session/document-session.ts"
import type { SessionSnapshot } from "../../renderer/session/session-snapshot.ts"
import { startServer } from "../server/support/server.ts"

const mira = { id: "mira", name: "Mira", peer: 1 }
const noor = { id: "noor", name: "Noor", peer: 3 }

function open(options: Omit<SessionOptions, "kind" | "person"> & Partial<SessionOptions>): DocumentSession {
  const session = new DocumentSession({ kind: "desktop", person: mira, ...options })
  onTestFinished(() => session.destroy())
  return session
}

/** Waits, as the interface does, for a snapshot that the condition takes. */
function until(
  session: DocumentSession,
  condition: (snapshot: SessionSnapshot) => boolean,
): Promise<SessionSnapshot> {
  return new Promise((resolve) => {
    const look = () => {
      const snapshot = session.snapshot()
      if (!condition(snapshot)) return
      unsubscribe()
      resolve(snapshot)
    }
    const unsubscribe = session.subscribe(look)
    look()
  })
}

const settled = (snapshot: SessionSnapshot) => snapshot.settled

describe("a session", () => {
  test("is not settled before the server has our answer on disk, and then is", async () => {
    const server = await startServer()
    const session = open({ url: server.wsUrl, token: await server.token("owner"), room: "notes" })
    expect(session.snapshot()).toMatchObject({ connection: "connecting", loaded: false, settled: false })
    const snapshot = await until(session, settled)
    expect(snapshot).toMatchObject({
      connection: "connected",
      synced: true,
      loaded: true,
      unsaved: 0,
      changes: 0,
    })
    expect(snapshot.host).toEqual({ state: HostState.None, waiting: 0 })
    expect(snapshot.people.map(({ name, self }) => [name, self])).toEqual([["Mira", true]])
  })

  test("counts a word as unsaved until it is durable", async () => {
    const server = await startServer()
    const session = open({ url: server.wsUrl, token: await server.token("owner"), room: "notes" })
    await until(session, settled)
    session.text.insert(0, "high water")
    expect(session.snapshot()).toMatchObject({ settled: false, unsaved: 1, changes: 1 })
    await until(session, settled)
    session.text.delete(0, 4)
    expect(session.snapshot().settled).toBe(false)
    await until(session, settled)
  })

  test("keeps what was written without a server unsaved, and saves it where the server is started again", async () => {
    const first = await startServer()
    const token = await first.token("owner")
    const session = open({ url: first.wsUrl, token, room: "notes" })
    await until(session, settled)
    await first.stop()
    await until(session, ({ connection }) => connection === "away")
    expect(session.snapshot().settled).toBe(false)
    session.text.insert(0, "offline ")
    expect(session.snapshot()).toMatchObject({ unsaved: 1, changes: 1 })

    const second = await startServer({ dataDir: first.dataDir })
    session.setServer({ url: second.wsUrl, token })
    expect(session.snapshot().settled).toBe(false)
    await until(session, settled)
    expect(session.snapshot()).toMatchObject({ unsaved: 0, changes: 0, connection: "connected" })
    const other = open({ url: second.wsUrl, token, room: "notes", person: noor })
    await until(other, ({ loaded }) => loaded)
    expect(other.text.toString()).toBe("offline ")
  })

  test("shows people of both sides, also right after one of them has come back", async () => {
    const server = await startServer()
    const token = await server.token("owner")
    const ours = open({ url: server.wsUrl, token, room: "notes" })
    const theirs = open({ url: server.wsUrl, token, room: "notes", person: noor })
    const names = (snapshot: SessionSnapshot) => snapshot.people.map(({ name }) => name)
    await until(ours, (snapshot) => names(snapshot).includes("Noor"))
    await until(theirs, (snapshot) => names(snapshot).includes("Mira"))
    let gone = false
    ours.awareness.on("change", ({ removed }: { removed: number[] }) => {
      gone ||= removed.includes(theirs.doc.clientID)
    })
    // Another token is another address; the same one would be none.
    theirs.setServer({ url: server.wsUrl, token: await server.token("owner") })
    await expect.poll(() => gone).toBe(true)
    await until(ours, (snapshot) => names(snapshot).includes("Noor"))
    theirs.setPerson({ ...noor, name: "Nour" })
    await until(ours, (snapshot) => names(snapshot).includes("Nour"))
    theirs.destroy()
    await until(ours, (snapshot) => names(snapshot).length === 1)
  })

  test("stops at a final refusal and says its code, and can be sent elsewhere", async () => {
    const server = await startServer()
    const token = await server.token("editor", "other")
    const session = open({ url: server.wsUrl, token, room: "notes", kind: "guest" })
    const refused = await until(session, ({ connection }) => connection === "refused")
    expect(refused).toMatchObject({ settled: false, readOnly: true })
    expect(refused.closeCode).toBeGreaterThanOrEqual(4400)
    session.setServer({ url: server.wsUrl, token: await server.token("editor", "notes") })
    const back = await until(session, settled)
    expect(back).toMatchObject({ connection: "connected", closeCode: null, readOnly: false })
  })

  test("is read only for a viewer, and settled all the same", async () => {
    const server = await startServer()
    const session = open({
      url: server.wsUrl,
      token: await server.token("viewer", "notes"),
      room: "notes",
      kind: "guest",
    })
    const snapshot = await until(session, settled)
    expect(snapshot).toMatchObject({ readOnly: true, synced: true })
  })

  test("captures for undo only what its own editor writes", async () => {
    const server = await startServer()
    const token = await server.token("owner")
    const ours = open({ url: server.wsUrl, token, room: "notes" })
    const theirs = open({ url: server.wsUrl, token, room: "notes", person: noor })
    await Promise.all([until(ours, settled), until(theirs, settled)])
    ours.doc.transact(() => ours.text.insert(0, "ours"), ours.editOrigin)
    theirs.doc.transact(() => theirs.text.insert(0, "theirs "), theirs.editOrigin)
    await expect.poll(() => [ours, theirs].map(({ text }) => text.length)).toEqual([11, 11])
    ours.undoManager.undo()
    expect(ours.text.toString().trim()).toBe("theirs")
    ours.undoManager.undo()
    expect(ours.text.toString().trim()).toBe("theirs")
  })

  test("opens a room whose name is no plain path", async () => {
    const server = await startServer()
    const room = "notes/Flood of 1953, ä & b?#.md"
    const session = open({ url: server.wsUrl, token: await server.token("owner", room), room })
    expect(await until(session, settled)).toMatchObject({ connection: "connected" })
  })
})

describe("the colours of those who write together", () => {
  const coloursOf = (snapshot: SessionSnapshot) =>
    snapshot.people.map(({ peer }) => peer).sort((a, b) => a - b)

  test("are told apart: whoever joins leaves the host's colour to the host, and joiners leave theirs to each other", async () => {
    const server = await startServer()
    const address = { url: server.wsUrl, token: await server.token("owner"), room: "notes" }
    const host = open(address)
    await until(host, settled)
    const joiners = ["a", "b", "c"].map((id) =>
      open({ ...address, role: "editor", person: { id, name: id, peer: 1 } }),
    )
    await until(host, (snapshot) => new Set(coloursOf(snapshot)).size === 4 && snapshot.people.length === 4)
    expect(host.snapshot().people.find(({ self }) => self)?.peer).toBe(1)
    for (const joiner of joiners) await until(joiner, (snapshot) => new Set(coloursOf(snapshot)).size === 4)
  })

  test("may be the same when somebody wants it so", async () => {
    const server = await startServer()
    const address = { url: server.wsUrl, token: await server.token("owner"), room: "notes" }
    const host = open(address)
    const joiner = open({ ...address, role: "editor", person: { ...noor, peer: 1 } })
    await until(joiner, (snapshot) => coloursOf(snapshot).join() === "1,2")
    joiner.setPerson({ ...noor, peer: 3 })
    await until(host, (snapshot) => coloursOf(snapshot).join() === "1,3")
    joiner.setPerson({ ...noor, peer: 1 })
    await until(host, (snapshot) => coloursOf(snapshot).join() === "1,1")
  })
})
