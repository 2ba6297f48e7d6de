import { describe, expect, test, vi } from "vitest"
import type { Bridge, IpcResults, OpenDocument, Outcome } from "../../protocol/ipc.ts"
import { TabStore } from "../../renderer/desktop/tab-store.ts"

const person = { id: "mira", name: "Mira", peer: 1 }
const refused: Outcome<OpenDocument> = { ok: false, error: { code: "FILE_NOT_TEXT", message: "Not text." } }
const unavailable: Outcome<OpenDocument> = {
  ok: false,
  error: { code: "SERVER_UNAVAILABLE", message: "Starting again." },
}
// Nothing listens there: the sessions stay unconnected, which is all that these tests need.
const server = { url: "ws://127.0.0.1:9", token: "a.b.c" }

function open(path: string): Outcome<OpenDocument> {
  return { ok: true, value: { path, room: `room-${path}`, title: path.replace(/\.md$/, "") } }
}

/** A store over a main process that answers as given; every call is kept. */
function tabs(
  answer: (path: string) => Outcome<OpenDocument> = open,
  address: typeof server | null = server,
) {
  const call = vi.fn(async (channel: string, ...args: unknown[]) => {
    if (channel === "open-document" || channel === "create-document") return answer(String(args[0]))
    return null satisfies IpcResults["save-tabs"]
  })
  const bridge: Bridge = { call: call as Bridge["call"], on: () => () => undefined, pathOf: () => "" }
  const store = new TabStore(bridge, { server: address, person, joined: null })
  return { store, call, paths: () => store.snapshot().tabs.map((tab) => tab.path) }
}

const kinds = (store: TabStore) => store.snapshot().tabs.map((tab) => tab.content.kind)

describe("the tabs of a window", () => {
  test("a name with a dot in it stays whole", async () => {
    const { store } = tabs()
    store.open("v1.2 notes.md")
    await vi.waitFor(() => expect(kinds(store)).toEqual(["open"]))
    expect(store.snapshot().tabs.map((tab) => tab.title)).toEqual(["v1.2 notes"])
    store.destroy()
  })

  test("the files of a joined folder are called as its tree says, also later", async () => {
    const { store } = tabs()
    store.setContext({ server, person, joined: { title: null, role: "editor" } })
    store.open("room a")
    store.retitle(new Map([["room a", "Tides"]]))
    expect(store.snapshot().tabs.map((tab) => tab.title)).toEqual(["Tides"])
    store.retitle(new Map([["room a", "Ebb"]]))
    expect(store.snapshot().tabs.map((tab) => tab.title)).toEqual(["Ebb"])
    store.destroy()
  })

  test("a document opens once, in front, under its name without the ending", async () => {
    const { store, paths } = tabs()
    store.open("2 Tides.md")
    store.open("3 Birds.md")
    store.open("2 Tides.md")
    await vi.waitFor(() => expect(kinds(store)).toEqual(["open", "open"]))
    expect(paths()).toEqual(["2 Tides.md", "3 Birds.md"])
    expect(store.snapshot().active).toBe("2 Tides.md")
    expect(store.snapshot().tabs.map((tab) => tab.title)).toEqual(["2 Tides", "3 Birds"])
    store.destroy()
  })

  test("a file that another program moved keeps its tab, its session and its place", async () => {
    const { store, call, paths } = tabs()
    store.restore({ open: ["a.md", "b.md"], active: "a.md", places: {} })
    await vi.waitFor(() => expect(kinds(store)).toEqual(["open", "open"]))
    const [before] = store.snapshot().tabs
    store.moved({ from: "a.md", to: "old/first.md", title: "first.md" })
    expect(paths()).toEqual(["old/first.md", "b.md"])
    expect(store.snapshot().active).toBe("old/first.md")
    expect(store.snapshot().tabs[0]).toEqual({ ...before, path: "old/first.md", title: "first" })
    expect(call).toHaveBeenLastCalledWith("save-tabs", {
      open: ["old/first.md", "b.md"],
      active: "old/first.md",
    })
    // Where the new place has a tab already, both stay.
    store.moved({ from: "old/first.md", to: "b.md", title: "b.md" })
    expect(paths()).toEqual(["old/first.md", "b.md"])
    store.destroy()
  })

  test("closing the one in front brings its neighbour there, and keeps the order of the rest", async () => {
    const { store, call, paths } = tabs()
    store.restore({ open: ["a.md", "b.md", "c.md"], active: "b.md", places: {} })
    await vi.waitFor(() => expect(kinds(store)).toEqual(["open", "open", "open"]))
    store.close("b.md")
    expect(paths()).toEqual(["a.md", "c.md"])
    expect(store.snapshot().active).toBe("c.md")
    store.close("c.md")
    expect(store.snapshot().active).toBe("a.md")
    store.close("a.md")
    expect(store.snapshot().active).toBeNull()
    expect(call).toHaveBeenLastCalledWith("save-tabs", { open: [], active: null })
  })

  test("steps go round at both ends", async () => {
    const { store } = tabs()
    store.restore({ open: ["a.md", "b.md"], active: "b.md", places: {} })
    store.step(1)
    expect(store.snapshot().active).toBe("a.md")
    store.step(-1)
    expect(store.snapshot().active).toBe("b.md")
    await vi.waitFor(() => expect(kinds(store)).toEqual(["open", "open"]))
    store.destroy()
  })

  test("a refused file keeps its tab with the reason, and can be tried again", async () => {
    let answer: Outcome<OpenDocument> = refused
    const { store } = tabs(() => answer)
    store.open("latin.txt")
    await vi.waitFor(() => expect(kinds(store)).toEqual(["refused"]))
    answer = open("latin.txt")
    store.retry("latin.txt")
    await vi.waitFor(() => expect(kinds(store)).toEqual(["open"]))
    store.destroy()
  })

  test("while the server is being started again a document waits, and opens when it is there", async () => {
    let answer: Outcome<OpenDocument> = unavailable
    const { store, call } = tabs(() => answer, null)
    store.open("a.md")
    expect(kinds(store)).toEqual(["opening"])
    expect(call).not.toHaveBeenCalledWith("open-document", "a.md")
    store.setContext({ server, person, joined: null })
    await vi.waitFor(() => expect(call).toHaveBeenCalledWith("open-document", "a.md"))
    expect(kinds(store), "the server went again in between").toEqual(["opening"])
    answer = open("a.md")
    store.setContext({ server: null, person, joined: null })
    store.setContext({ server, person, joined: null })
    await vi.waitFor(() => expect(kinds(store)).toEqual(["open"]))
    store.destroy()
  })

  test("a tab that is closed while it opens stays closed", async () => {
    const { store, call } = tabs()
    store.open("a.md")
    store.close("a.md")
    await vi.waitFor(() => expect(call).toHaveBeenCalledWith("open-document", "a.md"))
    await Promise.resolve()
    expect(store.snapshot().tabs).toEqual([])
  })
})
