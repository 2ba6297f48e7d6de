import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { jsonLog } from "../../main/log.ts"
import {
  defaultSettings,
  firstName,
  parseSettings,
  type SavedWindow,
  SettingsFile,
  windowOf,
  withRecent,
  withWindow,
} from "../../main/settings.ts"
import { fileWorkspace, folderWorkspace } from "../../main/workspace.ts"

let folder = ""
let logged: string[] = []
const log = jsonLog((line) => logged.push(line))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "manyhands-settings-"))
  logged = []
})

afterEach(() => rm(folder, { recursive: true, force: true }))

function saved(path: string, open: boolean): SavedWindow {
  const tabs = { open: [], active: null, places: {} }
  return { workspace: folderWorkspace(path), open, bounds: null, maximized: false, tabs }
}

describe("the settings file", () => {
  test("a new profile has an identity of its own, written at once", async () => {
    const file = await SettingsFile.open(folder, "Mira", log)
    await file.flush()
    expect(file.kept.person).toMatchObject({ name: "Mira", peer: 1 })
    const again = await SettingsFile.open(folder, "Somebody", log)
    expect(again.kept).toEqual(file.kept)
    expect(logged).toEqual([])
  })

  test("changes are there for the next start, and nothing else is left in the folder", async () => {
    const file = await SettingsFile.open(folder, "", log)
    for (const theme of ["dark", "light", "dark"] as const) file.change((kept) => ({ ...kept, theme }))
    await file.flush()
    expect((await SettingsFile.open(folder, "", log)).kept.theme).toBe("dark")
    expect(await readdir(folder)).toEqual(["settings.json"])
  })

  test.each([
    ["half a file", '{"person":'],
    ["nothing", ""],
    ["another form", '{"person":{"id":1}}'],
  ])("%s is kept aside, and the app starts with defaults", async (_what, text) => {
    await writeFile(join(folder, "settings.json"), text)
    const file = await SettingsFile.open(folder, "Mira", log)
    await file.flush()
    expect(file.kept).toMatchObject({ person: { name: "Mira" }, theme: "system", windows: [] })
    expect(await readFile(join(folder, "settings.broken.json"), "utf8")).toBe(text)
    expect(parseSettings(await readFile(join(folder, "settings.json"), "utf8"))).toEqual(file.kept)
    expect(logged.join("")).toContain("settings-broken")
  })

  test("what cannot be written is said in the log, and made good by the next change", async () => {
    const file = await SettingsFile.open(folder, "", log)
    await file.flush()
    await rm(folder, { recursive: true })
    file.change((kept) => ({ ...kept, theme: "dark" }))
    await file.flush()
    expect(logged.join("")).toContain("settings-not-written")
    await mkdir(folder)
    file.change((kept) => ({ ...kept, person: { ...kept.person, peer: 3 } }))
    await file.flush()
    const again = await SettingsFile.open(folder, "", log)
    expect(again.kept).toMatchObject({ theme: "dark", person: { peer: 3 } })
  })
})

describe("what was opened", () => {
  test("stands once in the recent list, the newest first, 20 at most", () => {
    let kept = defaultSettings("")
    for (let index = 0; index < 30; index++) kept = withRecent(kept, fileWorkspace(`/n/${index}.md`), index)
    kept = withRecent(kept, fileWorkspace("/n/15.md"), 99)
    expect(kept.recent).toHaveLength(20)
    expect(kept.recent[0]).toEqual({ workspace: fileWorkspace("/n/15.md"), openedAt: 99 })
    expect(
      kept.recent.filter(({ workspace }) => "path" in workspace && workspace.path === "/n/15.md"),
    ).toHaveLength(1)
  })

  test("a folder and a file of the same path are two things", () => {
    const kept = withRecent(withRecent(defaultSettings(""), folderWorkspace("/n"), 1), fileWorkspace("/n"), 2)
    expect(kept.recent).toHaveLength(2)
  })

  test("open windows are never forgotten, closed ones after fifty", () => {
    let kept = defaultSettings("")
    for (let index = 0; index < 60; index++) kept = withWindow(kept, saved(`/open/${index}`, true))
    for (let index = 0; index < 60; index++) kept = withWindow(kept, saved(`/closed/${index}`, false))
    expect(kept.windows.filter(({ open }) => open)).toHaveLength(60)
    expect(kept.windows.filter(({ open }) => !open)).toHaveLength(50)
    expect(windowOf(kept, folderWorkspace("/closed/59"))?.open).toBe(false)
    expect(windowOf(kept, folderWorkspace("/closed/0"))).toBeNull()
  })
})

describe("a first name", () => {
  test.each([
    ["mira", "Mira"],
    ["mira.holm", "Mira"],
    ["Jonas Berg", "Jonas"],
    ["élodie", "Élodie"],
    ["root", ""],
    ["Administrator", ""],
    ["m", ""],
    ["1000", ""],
    ["", ""],
  ])("of the account %j is %j", (account, name) => {
    expect(firstName(account)).toBe(name)
  })
})
