import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test, vi } from "vitest"
import { FolderWatches } from "../../main/folder-watches.ts"
import { Lifecycle } from "../../main/lifecycle.ts"
import { jsonLog } from "../../main/log.ts"
import { LogFile } from "../../main/log-file.ts"
import { type MenuActions, type MenuState, menuTemplate } from "../../main/menu.ts"
import { roomDigest } from "../../main/nearby/dns-sd.ts"
import { Sharing } from "../../main/sharing.ts"
import type { EmbeddedRequest } from "../../protocol/embedded.ts"
import { AppError } from "../../protocol/errors.ts"

describe("the end of the app", () => {
  test("waits for everybody, once, whoever asks", async () => {
    const lifecycle = new Lifecycle(() => undefined)
    let finished = 0
    lifecycle.join("one", async () => {
      finished += 1
    })
    lifecycle.join("two", async () => {
      finished += 1
    })
    const end = lifecycle.end(1_000)
    expect(lifecycle.end(1_000)).toBe(end)
    expect(await end).toEqual([])
    expect(finished).toBe(2)
    expect(lifecycle.state).toEqual({ name: "ended", unfinished: [] })
  })

  test("names those that failed or did not finish in time", async () => {
    vi.useFakeTimers()
    try {
      const failures: string[] = []
      const lifecycle = new Lifecycle((name) => failures.push(name))
      lifecycle.join("hangs", () => new Promise(() => undefined))
      lifecycle.join("fails", () => Promise.reject(new Error("no")))
      lifecycle.join("works", async () => undefined)
      const end = lifecycle.end(5_000)
      await vi.advanceTimersByTimeAsync(5_000)
      expect(await end).toEqual(["hangs", "fails"])
      expect(failures).toEqual(["fails"])
    } finally {
      vi.useRealTimers()
    }
  })

  test("nobody joins once it has begun", async () => {
    const lifecycle = new Lifecycle(() => undefined)
    await lifecycle.end(1)
    expect(() => lifecycle.join("late", async () => undefined)).toThrow(TypeError)
  })
})

describe("the log", () => {
  test("an error keeps its message and cause in a line of JSON", () => {
    const lines: string[] = []
    const error = new Error("outer", { cause: new Error("inner") })
    jsonLog((line) => lines.push(line)).error("failed", { error })
    const [line = ""] = lines
    expect(JSON.parse(line)).toMatchObject({
      level: "error",
      event: "failed",
      error: { message: "outer", cause: { message: "inner" } },
    })
    expect(line.endsWith("}\n")).toBe(true)
  })

  test("a file keeps what was written last, and never more than twice its bound", async () => {
    const folder = await mkdtemp(join(tmpdir(), "manyhands-log-"))
    try {
      const path = join(folder, "logs/app.log")
      const file = new LogFile(path, 100)
      for (let index = 0; index < 30; index++) {
        file.write(`line ${index} ${"x".repeat(20)}\n`)
        await file.flush()
      }
      const [now, before] = [await readFile(path, "utf8"), await readFile(`${path}.1`, "utf8")]
      expect(now.length).toBeLessThanOrEqual(100)
      expect(before.length).toBeLessThanOrEqual(100)
      expect(`${before}${now}`.trimEnd().split("\n").at(-1)).toMatch(/^line 29 /)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

type MenuItem = ReturnType<typeof menuTemplate>[number]

describe("the menu", () => {
  const recent = [{ key: "/n", title: "Salt & sand" }]

  function items(state: Partial<MenuState> = {}, actions: Partial<MenuActions> = {}): MenuItem[] {
    const nothing = (): void => undefined
    const all = { command: nothing, newFile: nothing, openFile: nothing, openFolder: nothing }
    return menuTemplate(
      { platform: "linux", recent, hasWindow: true, ...state },
      { ...all, openRecent: nothing, closeWindow: nothing, help: nothing, ...actions },
    )
  }

  function flat(template: readonly MenuItem[]): MenuItem[] {
    return template.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flat(item.submenu) : [])])
  }

  test.each(["linux", "win32", "darwin"] as const)("no shortcut stands twice on %s", (platform) => {
    const shortcuts = flat(items({ platform })).flatMap(({ accelerator }) =>
      accelerator ? [accelerator] : [],
    )
    expect(new Set(shortcuts).size).toBe(shortcuts.length)
    expect(shortcuts.length).toBeGreaterThan(15)
  })

  test("macOS has its own first menu, with the settings and the end in it", () => {
    const [first] = items({ platform: "darwin" })
    expect(first?.role).toBe("appMenu")
    expect(flat(first === undefined ? [] : [first]).map(({ id, role }) => id ?? role)).toEqual(
      expect.arrayContaining(["settings", "about", "hide", "quit"]),
    )
  })

  test("without a window, what would act on one is off", () => {
    const disabled = flat(items({ hasWindow: false })).filter(({ enabled }) => enabled === false)
    expect(disabled.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["share", "find", "undo", "close-window"]),
    )
    expect(disabled.map(({ id }) => id)).not.toContain("open-folder")
  })

  test("a recent title is shown as it is, and opens what it names", () => {
    const opened: string[] = []
    const template = items({}, { openRecent: (key) => opened.push(key) })
    const entry = flat(template).find(({ label }) => label === "Salt && sand")
    const press: unknown = entry === undefined ? null : Reflect.get(entry, "click")
    if (typeof press !== "function") throw new Error("The entry cannot be chosen")
    press()
    expect(opened).toEqual(["/n"])
  })
})

describe("sharing", () => {
  const share = {
    room: "r",
    token: "a.b.c",
    title: "Tides",
    role: "editor" as const,
    by: "Mira",
    nearby: null as string | null,
    elsewhere: null as { origin: string; token: string } | null,
  }

  /** A server that has the port 5000 and no other, unless it is asked for any. */
  function sharing(port: number, shares = [share], listenHosts = ["0.0.0.0"]) {
    const asked: EmbeddedRequest[] = []
    const ports: number[] = []
    const announced: unknown[] = []
    const log = jsonLog(() => undefined)
    const answer = async (request: EmbeddedRequest): Promise<unknown> => {
      asked.push(request)
      if (request.kind === "share-list") return { shares }
      if (request.kind === "share-start") return share
      if (request.kind !== "share-listen") return {}
      if (request.port === 4000 || request.host === "::") throw new AppError("LISTEN_FAILED", "Taken.")
      return { port: request.port === 0 ? 5000 : request.port }
    }
    const made = new Sharing({
      // The answers are those of the schema; the mock does not prove it by its type.
      server: { request: vi.fn(answer) as never },
      watches: new FolderWatches({ log, appeared: () => undefined }),
      log,
      listenHosts,
      announce: async (announcements) => {
        announced.push(announcements)
      },
      linkHost: () => "192.168.1.7",
      port: () => ports.at(-1) ?? port,
      portChanged: (changed) => ports.push(changed),
    })
    return { made, asked, ports, announced }
  }

  test("a link carries the address that others reach, and the port is kept for the next time", async () => {
    const { made, asked, ports } = sharing(0)
    const state = await made.share("r", { title: "Tides", by: "Mira" })
    expect(state).toEqual({
      room: "r",
      link: "http://192.168.1.7:5000/#room=r&token=a.b.c",
      title: "Tides",
      isNearby: false,
      seenAs: "Tides, Mira",
      server: null,
    })
    expect(ports).toEqual([5000])
    expect(asked).toContainEqual(expect.objectContaining({ role: "editor", by: "Mira", expiresIn: 604_800 }))
    expect((await made.state("r"))?.link).toBe(state.link)
    expect(await made.state("another")).toBeNull()
  })

  test("when the port of the last time is taken, another one is used", async () => {
    const { made, ports } = sharing(4000)
    expect((await made.share("r", { title: "Tides", by: "Mira" })).link).toContain(":5000/")
    expect(ports).toEqual([5000])
  })

  test("only what is switched on is shown to people nearby, by a digest of its room", async () => {
    const { made, announced } = sharing(5000, [share, { ...share, room: "s", nearby: "abcd" }])
    await made.resume()
    const shown = {
      id: "abcd",
      title: "Tides",
      by: "Mira",
      kind: "file",
      roomDigest: roomDigest("s"),
      port: 5000,
    }
    expect(announced).toEqual([[shown]])
    expect(JSON.stringify(announced)).not.toContain('"s"')
  })

  test("what goes on at a server has the link of that, and is not shown to people nearby", async () => {
    const elsewhere = { origin: "https://notes.example:8443", token: "d.e.f" }
    const { made, announced } = sharing(5000, [{ ...share, nearby: "abcd", elsewhere }])
    expect(await made.state("r")).toMatchObject({
      link: "https://notes.example:8443/#room=r&token=d.e.f",
      server: "notes.example:8443",
    })
    await made.resume()
    expect(announced).toEqual([[]])
  })

  test("a computer without IPv6 listens without it", async () => {
    const { made, asked } = sharing(0, [share], ["::", "0.0.0.0"])
    await made.share("r", { title: "Tides", by: "Mira" })
    const hosts = asked.flatMap((request) => (request.kind === "share-listen" ? [request.host] : []))
    expect(hosts).toEqual(["::", "0.0.0.0"])
  })

  test("after a start of the server it listens again, but only if something is shared", async () => {
    const shared = sharing(5000)
    await shared.made.resume()
    expect(shared.asked.map(({ kind }) => kind)).toEqual(["share-list", "share-listen", "share-list"])
    const unshared = sharing(5000, [])
    await unshared.made.resume()
    expect(unshared.asked.map(({ kind }) => kind)).not.toContain("share-listen")
  })
})
