import { pino } from "pino"
import { describe, expect, onTestFinished, test } from "vitest"
import * as Y from "yjs"
import type { Absence } from "../../protocol/absence.ts"
import { CloseCode } from "../../protocol/close-code.ts"
import { Limits } from "../../protocol/limits.ts"
import { type AwarenessEntry, type HostReport, HostState } from "../../protocol/message.ts"
import type { Role } from "../../protocol/role.ts"
import { parseRoomName } from "../../protocol/room-name.ts"
import type { LinkTiming } from "../../sync-server/replica/link-timing.ts"
import { ReplicaLink } from "../../sync-server/replica/replica-link.ts"
import { AppendQueue } from "../../sync-server/store/append-queue.ts"
import { MemoryStore } from "../../sync-server/store/memory-store.ts"
import { Room } from "../../sync-server/sync/room.ts"
import type { Source } from "../../sync-server/sync/source.ts"
import { type FakeConnection, FakeHost } from "./support/fake-host.ts"
import { waitFor } from "./support/wait-for.ts"

const window: Source = { isUpstream: false, author: "" }
const logger = pino({ level: "silent" })

/** The link stays away until the test says otherwise. */
const longRetries = { retryBaseMs: 3_600_000, retryCapMs: 3_600_000 }

/** A room with a link to a fake host, and every report that the link made. */
class Replica {
  readonly room: Room
  readonly link: ReplicaLink
  readonly reports: HostReport[] = []
  readonly absences: Absence[] = []

  constructor(host: FakeHost, options: { role?: Role; timing?: Partial<LinkTiming>; text?: string } = {}) {
    const appends = new AppendQueue({
      store: new MemoryStore(),
      logger,
      onTrouble: () => undefined,
      onCommit: () => undefined,
    })
    this.room = new Room({
      name: parseRoomName("tides/1"),
      stored: null,
      appends,
      logger,
      meter: { flushed: () => undefined },
    })
    if (options.text !== undefined) this.write(options.text)
    this.link = new ReplicaLink({
      room: this.room,
      target: { origin: host.origin, token: "a.b.c", role: options.role ?? "editor" },
      isUnsent: false,
      logger,
      onReport: (report) => this.reports.push(report),
      onReturn: (absence) => this.absences.push(absence),
      timing: { retryBaseMs: 20, retryCapMs: 50, ...options.timing },
    })
    onTestFinished(async () => {
      await this.link.close()
      await appends.idle()
      this.room.destroy()
    })
    this.link.start()
  }

  get text(): string {
    return this.room.doc.getText("codemirror").toString()
  }

  /** Writes at the end, as a window does. */
  write(text: string): void {
    this.room.change(window, (doc) =>
      doc.getText("codemirror").insert(doc.getText("codemirror").length, text),
    )
  }

  async whenHost(report: Partial<HostReport>): Promise<void> {
    await waitFor(
      () => Object.entries(report).every(([key, value]) => Reflect.get(this.room.host, key) === value),
      () => `the report is ${JSON.stringify(report)}, it is ${JSON.stringify(this.room.host)}`,
    )
  }

  async whenText(text: string): Promise<void> {
    await waitFor(
      () => this.text === text,
      () => `the text is ${text}, it is ${this.text}`,
    )
  }
}

function docWith(text: string): Y.Doc {
  const doc = new Y.Doc()
  onTestFinished(() => doc.destroy())
  doc.getText("codemirror").insert(0, text)
  return doc
}

/** What the host's document says once it has taken everything that the link sent. */
function textAtHost(doc: Y.Doc, connection: FakeConnection): string {
  for (const update of connection.changes) Y.applyUpdate(doc, update)
  return doc.getText("codemirror").toString()
}

/** A link that is in step with its host, both sides confirmed. */
async function linked(
  options: ConstructorParameters<typeof Replica>[1] & { hostText?: string } = {},
): Promise<{ host: FakeHost; replica: Replica; connection: FakeConnection; doc: Y.Doc }> {
  const host = await FakeHost.start()
  const replica = new Replica(host, options)
  const doc = docWith(options.hostText ?? "")
  const connection = await host.connection(1)
  await connection.greet(doc)
  textAtHost(doc, connection)
  while (replica.room.host.state !== HostState.Saved) {
    const { length } = connection.changes
    connection.confirm()
    await waitFor(
      () => replica.room.host.state === HostState.Saved || connection.changes.length > length,
      () => "the link is in step",
    )
  }
  return { host, replica, connection, doc }
}

describe("what goes up and down", () => {
  test("asks for the room of its name, with its token and for durable counts", async () => {
    const host = await FakeHost.start()
    new Replica(host)
    const { path } = await host.connection(1)
    expect(path).toBe("/tides%2F1?token=a.b.c&durable=1")
  })

  test("gives the host exactly what it lacks, and takes what it has", async () => {
    const host = await FakeHost.start()
    const replica = new Replica(host, { text: "known to both. " })
    const doc = new Y.Doc()
    onTestFinished(() => doc.destroy())
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(replica.room.doc))
    doc.getText("codemirror").insert(0, "Host. ")
    replica.write("Ours.")
    const connection = await host.connection(1)
    await connection.greet(doc)
    const [stepTwo] = connection.changes
    expect(stepTwo).toEqual(Y.encodeStateAsUpdate(replica.room.doc, Y.encodeStateVector(doc)))
    expect(Y.parseUpdateMeta(stepTwo ?? new Uint8Array()).from).toEqual(
      new Map([[replica.room.doc.clientID, "known to both. ".length]]),
    )
    expect(textAtHost(doc, connection)).toBe("Host. known to both. Ours.")
    await replica.whenText("Host. known to both. Ours.")
  })

  test("sends what is written below, and never back what came from above", async () => {
    const { replica, connection, doc } = await linked()
    const { length } = connection.changes
    doc.getText("codemirror").insert(0, "from the host")
    connection.send({ type: "update", update: Y.encodeStateAsUpdate(doc) })
    await replica.whenText("from the host")
    replica.write(", from below")
    await waitFor(
      () => textAtHost(doc, connection) === "from the host, from below",
      () => "the host has what was written below",
    )
    const contents = connection.changes.slice(length).filter((update) => update.length > 2)
    expect(contents).toHaveLength(1)
    expect([...Y.parseUpdateMeta(contents[0] ?? new Uint8Array()).to.keys()]).toEqual([
      replica.room.doc.clientID,
    ])
  })

  test("does not send before the host has asked, and then all at once", async () => {
    const host = await FakeHost.start()
    const replica = new Replica(host)
    const connection = await host.connection(1)
    replica.write("early")
    await waitFor(
      () => connection.heard.some(({ type }) => type === "sync-step-1"),
      () => "the link has asked",
    )
    replica.write(", still early")
    expect(connection.changes).toEqual([])
    const doc = docWith("")
    await connection.greet(doc)
    expect(textAtHost(doc, connection)).toBe("early, still early")
    expect(connection.changes).toHaveLength(1)
  })

  test("a change that waited for its predecessor goes up when the host has brought that", async () => {
    const { replica, connection, doc } = await linked()
    const writer = new Y.Doc()
    onTestFinished(() => writer.destroy())
    const updates: Uint8Array[] = []
    writer.on("update", (update: Uint8Array) => updates.push(update))
    writer.getText("codemirror").insert(0, "first")
    writer.getText("codemirror").insert(5, ", second")
    const [first = new Uint8Array(), second = new Uint8Array()] = updates
    replica.room.receive(second, window)
    await replica.whenHost({ state: HostState.Sending })

    Y.applyUpdate(doc, first)
    connection.send({ type: "update", update: first })
    await replica.whenText("first, second")
    await waitFor(
      () => textAtHost(doc, connection) === "first, second",
      () => "the host has both",
    )
    connection.confirm()
    await replica.whenHost({ state: HostState.Saved, waiting: 0 })
  })

  test("a host that cannot be read is tried again, and harms nothing", async () => {
    const { host, replica, connection } = await linked({ text: "whole" })
    connection.sendRaw(Uint8Array.of(0, 2, 9, 9))
    await connection.whenClosed()
    const second = await host.connection(2)
    second.send({ type: "sync-step-1", stateVector: Uint8Array.of(0) })
    second.send({ type: "update", update: Uint8Array.of(7, 7, 7) })
    await second.whenClosed()
    const third = await host.connection(3)
    third.send({ type: "sync-step-1", stateVector: Uint8Array.of(9) })
    await third.whenClosed()
    await (await host.connection(4)).greet(docWith(""))
    expect(replica.text).toBe("whole")
  })

  test("a host that reads slowly gets one difference, not a queue", async () => {
    const { replica, connection, doc } = await linked({ timing: { sendBufferBytes: 64 * 1024 } })
    connection.freeze()
    const { length } = connection.changes
    const page = "tide ".repeat(40_000)
    const pages = 120
    for (let number = 0; number < pages; number += 1) {
      replica.write(page)
      // One turn a change, as it would be with people.
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(replica.room.host).toEqual({ state: HostState.Sending, waiting: pages })
    connection.thaw()
    await waitFor(
      () => textAtHost(doc, connection).length === page.length * pages,
      () => "the host has every page",
    )
    expect(connection.changes.length - length).toBeLessThan(pages)
    connection.confirm()
    await replica.whenHost({ state: HostState.Saved, waiting: 0 })
  })
})

describe("how the document stands at the host", () => {
  test("is never Saved before both have given what they had, and the host has confirmed it", async () => {
    const host = await FakeHost.start()
    const replica = new Replica(host, { text: "ours" })
    expect(replica.room.host).toEqual({ state: HostState.Away, waiting: 0 })
    const connection = await host.connection(1)
    await replica.whenHost({ state: HostState.Sending })

    connection.send({ type: "sync-step-1", stateVector: Uint8Array.of(0) })
    await connection.whenChanges(1)
    expect(replica.room.host).toEqual({ state: HostState.Sending, waiting: 1 })
    connection.confirm()
    await replica.whenHost({ waiting: 0 })
    expect(replica.room.host.state).toBe(HostState.Sending)

    const doc = docWith("theirs")
    connection.send({ type: "sync-step-2", update: Y.encodeStateAsUpdate(doc) })
    await connection.whenChanges(2)
    expect(replica.room.host).toEqual({ state: HostState.Sending, waiting: 0 })
    expect(replica.reports.some(({ state }) => state === HostState.Saved)).toBe(false)
    connection.confirm()
    await replica.whenHost({ state: HostState.Saved, waiting: 0 })
  })

  test("counts the changes that wait, and is Saved with the last of them", async () => {
    const { replica, connection } = await linked()
    const { length } = connection.changes
    for (const word of ["one", "two", "three"]) replica.write(word)
    expect(replica.room.host).toEqual({ state: HostState.Sending, waiting: 3 })
    await connection.whenChanges(length + 3)
    connection.confirm(length + 2)
    await replica.whenHost({ waiting: 1 })
    expect(replica.room.host.state).toBe(HostState.Sending)
    connection.confirm()
    await replica.whenHost({ state: HostState.Saved, waiting: 0 })
  })

  test("what came from the host is Saved when the host says so, not when it is here", async () => {
    const { replica, connection, doc } = await linked()
    const { length } = connection.changes
    doc.getText("codemirror").insert(0, "theirs")
    connection.send({ type: "update", update: Y.encodeStateAsUpdate(doc) })
    await connection.whenChanges(length + 1)
    expect(replica.room.host).toEqual({ state: HostState.Sending, waiting: 0 })
    expect(connection.changes.at(-1)).toEqual(Uint8Array.of(0, 0))
    connection.confirm()
    await replica.whenHost({ state: HostState.Saved })
  })

  test("a cut leaves nothing Saved: all that is not at the host is brought and confirmed anew", async () => {
    const { host, replica, connection, doc } = await linked({ timing: longRetries })
    replica.write("before the cut")
    await replica.whenHost({ waiting: 1 })
    connection.cut()
    await replica.whenHost({ state: HostState.Away })
    replica.write(", while away")
    expect(replica.room.host.waiting).toBe(2)
    replica.link.retryNow()
    const second = await host.connection(2)
    await second.greet(doc)
    expect(textAtHost(doc, second)).toBe("before the cut, while away")
    expect(replica.room.host).toEqual({ state: HostState.Sending, waiting: 2 })
    second.confirm()
    await replica.whenHost({ state: HostState.Saved, waiting: 0 })
  })

  test("a host that lost what it had confirmed is given it again", async () => {
    const { host, replica, connection } = await linked({ text: "safe twice" })
    connection.cut()
    const second = await host.connection(2)
    const empty = docWith("")
    await second.greet(empty)
    expect(textAtHost(empty, second)).toBe("safe twice")
    expect(replica.room.host.state).toBe(HostState.Sending)
    second.confirm()
    await replica.whenHost({ state: HostState.Saved })
  })

  test("is Ended after a refusal for good, and the host is left alone", async () => {
    const { host, replica, connection } = await linked({ text: "kept" })
    connection.close(CloseCode.Forbidden)
    await replica.whenHost({ state: HostState.Ended })
    replica.write(", and more")
    replica.link.retryNow()
    expect(replica.room.host).toEqual({ state: HostState.Ended, waiting: 1 })
    await connection.whenClosed()
    expect(host.connections).toHaveLength(1)
  })

  test.each([CloseCode.Normal, CloseCode.Draining, CloseCode.Overloaded, 1011, 4399, 4500])(
    "is Away after %i, and the host is tried again",
    async (code) => {
      const { host, replica, connection, doc } = await linked()
      connection.close(code)
      const second = await host.connection(2)
      await second.greet(doc)
      second.confirm()
      await replica.whenHost({ state: HostState.Saved })
    },
  )
})

describe("a reader's link", () => {
  test("sends no word of the document, and is Saved all the same", async () => {
    const { replica, connection } = await linked({ role: "viewer", hostText: "for readers" })
    await replica.whenText("for readers")
    expect(replica.link.writes).toBe(false)
    expect(connection.changes.every((update) => update.length === 2)).toBe(true)
  })

  test("says that something waits where this computer has words that the host will not take", async () => {
    const host = await FakeHost.start()
    const replica = new Replica(host, { role: "viewer", text: "written when I still could" })
    const connection = await host.connection(1)
    await connection.greet(docWith(""))
    replica.write(" more")
    connection.confirm()
    await waitFor(
      () => replica.room.host.waiting > 0 && connection.changes.length > 0,
      () => "something waits",
    )
    expect(connection.changes.every((update) => update.length === 2)).toBe(true)
    expect(replica.reports.some(({ state }) => state === HostState.Saved)).toBe(false)
  })
})

describe("the connection", () => {
  test("a host from which nothing comes any more is gone", async () => {
    const { host, replica, connection } = await linked({ timing: { pingMs: 10, silentMs: 60 } })
    connection.freeze()
    await host.connection(2)
    expect(replica.reports.some(({ state }) => state === HostState.Away)).toBe(true)
  })

  test("a host that only answers pings is alive", async () => {
    const { host, replica, connection } = await linked({ timing: { pingMs: 40, silentMs: 400 } })
    await waitFor(
      () => connection.pings >= 25,
      () => "pings were answered for more than twice the silence",
    )
    expect(host.connections).toHaveLength(1)
    expect(replica.room.host.state).toBe(HostState.Saved)
  })

  test("that was away for long enough tells what others wrote meanwhile and who, a short cut does not", async () => {
    for (const absenceMs of [0, 3_600_000]) {
      const { host, replica, connection, doc } = await linked({ text: "here;", timing: { absenceMs } })
      connection.sendAwareness([
        { clientId: doc.clientID, clock: 1, state: { user: { name: "Noor", id: "noor", peer: 3 } } },
      ])
      await waitFor(
        () => replica.room.awarenessEntries().length === 1,
        () => "Noor is here",
      )
      connection.cut()
      doc.getText("codemirror").insert(0, "there;")
      const second = await host.connection(2)
      await second.greet(doc)
      await replica.whenText("there;here;")
      // Whoever writes has seen what is there.
      replica.write("now;")
      const told = replica.absences.map(({ before, after, writers }) => [before, after, writers[0]?.name])
      expect(told).toEqual(absenceMs === 0 ? [["here;", "there;here;", "Noor"]] : [])
    }
  })

  test("is tried at once when the network comes back", async () => {
    const { host, replica, connection } = await linked({ timing: longRetries })
    connection.cut()
    await replica.whenHost({ state: HostState.Away })
    replica.link.retryNow()
    await host.connection(2)
    replica.link.retryNow()
    expect(host.connections).toHaveLength(2)
  })

  test("a link that is closed has sent what it had, and does not come back", async () => {
    const { host, replica, connection, doc } = await linked()
    replica.write("the last words")
    await Promise.all([replica.link.close(), replica.link.close()])
    await connection.whenClosed()
    expect(textAtHost(doc, connection)).toBe("the last words")
    replica.write(" and some more")
    expect(host.connections).toHaveLength(1)
    expect(replica.reports.at(-1)).toEqual({ state: HostState.Away, waiting: 1 })
  })

  test("a link can be closed while it connects and while it waits", async () => {
    await new Replica(await FakeHost.start()).link.close()
    const host = await FakeHost.start()
    const replica = new Replica(host, { timing: longRetries })
    const connection = await host.connection(1)
    connection.cut()
    await replica.whenHost({ state: HostState.Away })
    await replica.link.close()
    expect(replica.room.host.state).toBe(HostState.Away)
  })
})

describe("people", () => {
  const person = (clientId: number, clock = 1): AwarenessEntry => ({
    clientId,
    clock,
    state: { user: { name: `Person ${clientId}` } },
  })
  const ids = (entries: readonly AwarenessEntry[]): number[] => entries.map(({ clientId }) => clientId).sort()

  test("those below go up and those above come down, nobody back to where they came from", async () => {
    const { replica, connection } = await linked()
    replica.room.receiveAwareness([person(1)], window)
    connection.sendAwareness([person(2)])
    await waitFor(
      () => replica.room.awarenessEntries().length === 2 && connection.awareness.length === 1,
      () => "both are here, and the host knows the first",
    )
    replica.room.receiveAwareness([person(1, 2)], window)
    await waitFor(
      () => connection.awareness.some(({ clock }) => clock === 2),
      () => "the second state is at the host",
    )
    expect(ids(connection.awareness)).toEqual([1, 1])
  })

  test("whoever leaves below leaves above at once", async () => {
    const { replica, connection } = await linked()
    replica.room.receiveAwareness([person(1)], window)
    replica.room.dropAwareness(window)
    await waitFor(
      () => connection.awareness.some(({ clientId, state }) => clientId === 1 && state === null),
      () => "the host knows that the person has left",
    )
  })

  test("with the host go all that it showed, and a new connection is shown everybody here", async () => {
    const { host, replica, connection, doc } = await linked()
    replica.room.receiveAwareness([person(1)], window)
    connection.sendAwareness([person(2), person(3)])
    await waitFor(
      () => replica.room.awarenessEntries().length === 3,
      () => "all are here",
    )
    connection.cut()
    await waitFor(
      () => replica.room.awarenessEntries().length === 1,
      () => "those of the host have gone",
    )
    const second = await host.connection(2)
    await second.greet(doc)
    await waitFor(
      () => second.awareness.length > 0,
      () => "the new connection is shown who is here",
    )
    expect(ids(second.awareness)).toEqual([1])
  })

  test("a host that asks who is here is told of those here, not of its own", async () => {
    const { replica, connection } = await linked()
    replica.room.receiveAwareness([person(1)], window)
    connection.sendAwareness([person(2)])
    await waitFor(
      () => connection.awareness.length === 1 && replica.room.awarenessEntries().length === 2,
      () => "both are here, and the host was told once",
    )
    connection.send({ type: "query-awareness" })
    await waitFor(
      () => connection.awareness.length > 1,
      () => "the host was told again",
    )
    expect(ids(connection.awareness)).toEqual([1, 1])
  })

  test("a crowd is shown in frames that no server refuses for their size", async () => {
    const host = await FakeHost.start()
    const replica = new Replica(host)
    const crowd = Array.from({ length: 300 }, (_, id) => ({
      clientId: id,
      clock: 1,
      state: { about: "x".repeat(1_000) },
    }))
    replica.room.receiveAwareness(crowd, window)
    const connection = await host.connection(1)
    await waitFor(
      () => connection.awareness.length === crowd.length,
      () => `all are shown, ${connection.awareness.length} are`,
    )
    const frames = connection.heard.filter(({ type }) => type === "awareness")
    expect(frames.length).toBeGreaterThan(4)
    for (const frame of frames) {
      expect(frame.type === "awareness" && frame.update.length).toBeLessThanOrEqual(Limits.awarenessBytes)
    }
  })
})
