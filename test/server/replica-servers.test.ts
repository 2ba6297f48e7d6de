import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { describe, expect, test } from "vitest"
import { HostState } from "../../protocol/message.ts"
import { readMetric } from "./support/metrics.ts"
import { inviteLink, joinedPair, room, startAgain, Window, whenAlike } from "./support/replicated.ts"
import { startServer, temporaryFolder } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

describe("a joined document", () => {
  test("is one with its host's, however many write on both ends at once", async () => {
    const { host, joiner, joined } = await joinedPair()
    expect(joined).toEqual({ room, title: "Tides", by: "Mira", role: "editor", host: "Mira's computer" })
    const above = [await Window.open(host), await Window.open(host)]
    const below = [await Window.open(joiner), await Window.open(joiner)]
    const all = [...above, ...below]
    for (let line = 0; line < 40; line += 1) {
      for (const [who, window] of all.entries()) window.write(`${who}:${line};`)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(below.map((window) => window.whenSaved()))
    await Promise.all(above.map((window) => window.whenDurable()))
    await whenAlike(...all)
    const text = all[0]?.text.toString() ?? ""
    for (let who = 0; who < all.length; who += 1) {
      for (let line = 0; line < 40; line += 1) expect(text.split(`${who}:${line};`)).toHaveLength(2)
    }
  })

  test("the host's own windows hear of no host, the joiner's that all is there", async () => {
    const { host, joiner } = await joinedPair()
    const above = await Window.open(host)
    const below = await Window.open(joiner)
    await below.whenSaved()
    await above.whenHost({ state: HostState.None, waiting: 0 })
    below.write("a word")
    await below.whenSaved()
    above.write("; another")
    await below.whenText("a word; another")
    await below.whenSaved()
  })

  test("of a file ends up in that file", async () => {
    const host = await startServer()
    const joiner = await startServer()
    const path = join(temporaryFolder(), "Tides.md")
    writeFileSync(path, "High water at noon.\n")
    const opened = await host.server.mirror.open(path)
    await joiner.server.replicas.join(await inviteLink(host, { name: opened.room }))
    const below = await Window.open(joiner, opened.room)
    await below.whenText("High water at noon.\n")
    below.write("Low water at six.\n")
    await below.whenSaved()
    await waitFor(
      () => readFileSync(path, "utf8") === "High water at noon.\nLow water at six.\n",
      () => "the file has what the guest wrote",
    )
  })

  test("passes on through a third computer", async () => {
    const { host, joiner } = await joinedPair()
    const third = await startServer()
    await third.server.replicas.join(await inviteLink(joiner))
    const above = await Window.open(host)
    const below = await Window.open(third)
    below.write("from the far end")
    await below.whenSaved()
    await above.whenText("from the far end")
    above.write(", and back")
    await below.whenText("from the far end, and back")
    await below.whenSaved()
  })
})

describe("computers that joined a document from each other in a ring", () => {
  /** Each has joined from the one before it, and the first from the last. */
  async function ring() {
    const { host, joiner } = await joinedPair()
    const third = await startServer()
    await third.server.replicas.join(await inviteLink(joiner))
    await host.server.replicas.join(await inviteLink(third))
    return [host, joiner, third]
  }

  test("all have everything once, and then nothing goes round any more", async () => {
    const servers = await ring()
    const windows = await Promise.all(servers.map((server) => Window.open(server)))
    for (let line = 0; line < 30; line += 1) {
      for (const [who, window] of windows.entries()) window.write(`${who}:${line};`)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(windows.map((window) => window.whenSaved()))
    await whenAlike(...windows)
    const text = windows[0]?.text.toString() ?? ""
    expect(text).toHaveLength(windows.length * (10 * "0:0;".length + 20 * "0:10;".length))
    const updates = () => Promise.all(servers.map((server) => readMetric(server, "updates_received_total")))
    await whenStill(updates)
  })

  test("people are seen by all and are no ghosts when they have left, though they come and go quickly", async () => {
    const servers = await ring()
    const windows = await Promise.all(servers.map((server) => Window.open(server)))
    for (let turn = 1; turn <= 10; turn += 1) {
      const [guest, ...others] = await Promise.all(servers.map((server) => Window.open(server)))
      for (const [who, window] of [guest, ...others].entries()) {
        const clientId = turn * 10 + who
        window?.sendAwareness([{ clientId, clock: turn, state: { user: { name: `Person ${clientId}` } } }])
      }
      if (turn % 2 === 0)
        for (const window of windows) await window.whenPeople([0, 1, 2].map((who) => turn * 10 + who))
      for (const window of [guest, ...others]) window?.close()
    }
    for (const window of windows) await window.whenPeople([])
    await whenStill(() => Promise.all(windows.map(async ({ heard }) => heard.length)))
  })
})

describe("while the host is away", () => {
  test("one writes on, sees how much waits, and it goes there when the host is back", async () => {
    const { host, joiner } = await joinedPair()
    const below = await Window.open(joiner)
    below.write("together")
    await below.whenSaved()
    await host.stop()
    await below.whenHost({ state: HostState.Away, waiting: 0 })
    below.write(", alone")
    await below.whenDurable()
    await below.whenHost({ state: HostState.Away, waiting: 1 })
    below.text.delete(0, "together".length)
    await below.whenDurable()
    await below.whenHost({ state: HostState.Away, waiting: 2 })

    const again = await startAgain(host)
    await below.whenSaved()
    const above = await Window.open(again)
    await above.whenText(", alone")
  })

  test("both sides write, and both have everything afterwards", async () => {
    const { host, joiner } = await joinedPair()
    const below = await Window.open(joiner)
    below.write("start;")
    await below.whenSaved()
    await joiner.stop()
    const above = await Window.open(host)
    above.write("host;")
    await above.whenDurable()
    await host.stop()

    const joinerAgain = await startAgain(joiner)
    const offline = await Window.open(joinerAgain)
    await offline.whenText("start;")
    offline.write("joiner;")
    await offline.whenDurable()
    const hostAgain = await startAgain(host)
    await offline.whenSaved()
    const back = await Window.open(hostAgain)
    await whenAlike(back, offline)
    for (const word of ["start;", "host;", "joiner;"]) expect(back.text.toString()).toContain(word)
    expect(back.text.length).toBe("start;host;joiner;".length)
  })

  test("what was written goes there though every window is closed", async () => {
    const { host, joiner } = await joinedPair()
    const below = await Window.open(joiner)
    await below.whenSaved()
    await host.stop()
    await below.whenHost({ state: HostState.Away })
    below.write("and closed the lid")
    await below.whenDurable()
    below.close()
    const again = await startAgain(host)
    const above = await Window.open(again)
    await above.whenText("and closed the lid")
    await waitFor(
      () => joiner.server.registry.size === 0,
      () => "the joiner lets go of the room once the host has it",
    )
  })

  test("what was written goes there after a restart, though nobody opens it", async () => {
    const { host, joiner } = await joinedPair()
    const below = await Window.open(joiner)
    await below.whenSaved()
    await host.stop()
    await below.whenHost({ state: HostState.Away })
    below.write("written on the train")
    await below.whenDurable()
    await below.whenHost({ waiting: 1 })
    expect(await joiner.stop()).toEqual([])

    const joinerAgain = await startAgain(joiner)
    const hostAgain = await startAgain(host)
    const above = await Window.open(hostAgain)
    await above.whenText("written on the train")
    await waitFor(
      () => joinerAgain.server.registry.size === 0,
      () => "the joiner lets go of the room once the host has it",
    )
  })

  test("a restart forgets neither that something waits nor the words", async () => {
    const { host, joiner } = await joinedPair()
    const below = await Window.open(joiner)
    await below.whenSaved()
    await host.stop()
    await below.whenHost({ state: HostState.Away })
    below.write("waits")
    await below.whenHost({ waiting: 1 })
    await below.whenDurable()
    await joiner.stop()

    const again = await startAgain(joiner)
    const window = await Window.open(again)
    await window.whenText("waits")
    await window.whenHost({ state: HostState.Away, waiting: 1 })
  })

  test("the host's restart loses nobody's words, though people write through it", async () => {
    const { host, joiner } = await joinedPair()
    const below = await Window.open(joiner)
    let written = ""
    let current = host
    for (let round = 0; round < 3; round += 1) {
      for (let word = 0; word < 10; word += 1) {
        const text = `${round}.${word};`
        below.write(text)
        written += text
        if (word === 5) {
          await current.stop()
          current = await startAgain(host)
        }
      }
    }
    await below.whenSaved()
    const above = await Window.open(current)
    await above.whenText(written)
  })
})

describe("access", () => {
  test("that the host ends is Ended, and a new link brings everything there", async () => {
    const { host, joiner } = await joinedPair()
    const below = await Window.open(joiner)
    below.write("before")
    await below.whenSaved()
    await host.server.shares?.stop(room)
    await below.whenHost({ state: HostState.Ended })
    below.write(", after")
    await below.whenDurable()
    await below.whenHost({ state: HostState.Ended, waiting: 1 })

    await joiner.server.replicas.join(await inviteLink(host))
    await below.whenSaved()
    const above = await Window.open(host)
    await above.whenText("before, after")
  })

  test("that ended while the joiner was away is Ended when it comes back", async () => {
    const { host, joiner } = await joinedPair()
    await joiner.stop()
    await host.server.shares?.stop(room)
    const again = await startAgain(joiner)
    const below = await Window.open(again)
    await below.whenHost({ state: HostState.Ended, waiting: 0 })
  })

  test("to read only lets no window write, and the text comes all the same", async () => {
    const { host, joiner, joined } = await joinedPair({ role: "viewer" })
    expect(joined.role).toBe("viewer")
    const above = await Window.open(host)
    above.write("to be read")
    const below = await Window.open(joiner)
    await below.whenText("to be read")
    await below.whenHost({ state: HostState.Saved, waiting: 0 })
    below.write(" and scribbled on")
    await waitFor(
      () => below.heard.some(({ type }) => type === "permission-denied"),
      () => "the window is told that it may not write",
    )
    const second = await Window.open(joiner)
    await second.whenText("to be read")
    expect(above.text.toString()).toBe("to be read")
  })

  test("that grows from reading to writing counts at once", async () => {
    const { host, joiner } = await joinedPair({ role: "viewer" })
    const reader = await Window.open(joiner)
    await reader.whenHost({ state: HostState.Saved })
    await joiner.server.replicas.join(await inviteLink(host, { role: "editor" }))
    await reader.whenHost({ state: HostState.Saved })
    reader.write("now I may")
    await reader.whenSaved()
    await (await Window.open(host)).whenText("now I may")
  })
})

describe("people", () => {
  const show = (window: Window, clientId: number, clock = 1) =>
    window.sendAwareness([{ clientId, clock, state: { user: { name: `Person ${clientId}` } } }])

  test("see each other across both servers, and no ghost of whoever has left", async () => {
    const { host, joiner } = await joinedPair()
    const above = await Window.open(host)
    const below = await Window.open(joiner)
    const beside = await Window.open(joiner)
    show(above, 1)
    show(below, 2)
    show(beside, 3)
    await above.whenPeople([2, 3])
    await below.whenPeople([1, 3])
    beside.close()
    await above.whenPeople([2])
    await below.whenPeople([1])
    above.close()
    await below.whenPeople([])
  })

  test("of the host's side vanish with the host, and are there again with it", async () => {
    const { host, joiner } = await joinedPair()
    const above = await Window.open(host)
    const below = await Window.open(joiner)
    show(above, 1)
    show(below, 2)
    await below.whenPeople([1])
    await above.whenPeople([2])
    await host.stop()
    await below.whenPeople([])
    const again = await startAgain(host)
    const back = await Window.open(again)
    await back.whenPeople([2])
    show(back, 1, 5)
    await below.whenPeople([1])
  })

  test("of the joiner's side vanish with the joiner", async () => {
    const { host, joiner } = await joinedPair()
    const above = await Window.open(host)
    const below = await Window.open(joiner)
    show(below, 2)
    await above.whenPeople([2])
    await joiner.stop()
    await above.whenPeople([])
  })
})

/** Resolves when the numbers were the same many times in a row. */
async function whenStill(read: () => Promise<number[]>): Promise<void> {
  const same: string[] = []
  while (same.length < 20) {
    const now = (await read()).join()
    if (same[0] !== now) same.length = 0
    same.push(now)
    await delay(25)
  }
}

test("whom another link had carried to the host is shown by ours once that one has gone, and leaves with us", async () => {
  const [host, joiner] = [await startServer(), await startServer()]
  const window = await Window.open(joiner)
  const { clientID } = window.doc
  const user = { user: { name: "Noor", id: "noor" } }
  const witness = await Window.open(host)
  // As the former host's link, which has carried her until now.
  const carrier = await Window.open(host)
  carrier.sendAwareness([{ clientId: clientID, clock: 5, state: user }])
  await witness.whenPeople([clientID])
  window.sendAwareness([{ clientId: clientID, clock: 2, state: user }])
  await joiner.server.replicas.join(await inviteLink(host))
  await window.whenSaved()
  carrier.close()
  await waitFor(
    () => (witness.awareness.get(clientID)?.clock ?? 0) > 6 && witness.people.includes(clientID),
    () => `Noor is seen again: ${JSON.stringify(witness.awareness.get(clientID))}`,
  )
  window.sendAwareness([{ clientId: clientID, clock: 3, state: { ...user, cursor: null } }])
  await waitFor(
    () => witness.awareness.get(clientID)?.state?.["cursor"] === null,
    () => "what she shows next is seen as well",
  )
  window.close()
  await witness.whenPeople([])
})
