import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { call, type DesktopApp, expect, test } from "./support/app.ts"

test("settings are there after a restart", async ({ desk }) => {
  const first = await desk.launch()
  const change = { person: { name: "Mira", peer: 4 }, theme: "dark" as const }
  const saved = await call(await first.firstWindow(), "save-settings", change)
  expect(saved).toMatchObject(change)
  expect(await first.quit()).toBe(0)

  const second = await desk.launch()
  expect((await call(await second.firstWindow(), "window-state")).settings).toEqual(saved)
  expect(await second.electron.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe("dark")
})

for (const end of ["quit", "kill"] as const) {
  test(`windows and tabs come back after a ${end}`, async ({ desk }) => {
    await desk.write("notes/a.md", "")
    await desk.write("letters/b.md", "")
    const first = await desk.launch(["notes", "letters"])
    const notes = await first.window("notes – Manyhands")
    await first.window("letters – Manyhands")
    await call(notes, "save-tabs", { open: ["a.md"], active: "a.md" })
    await expect.poll(() => settingsText(first)).toContain('"active": "a.md"')
    await first[end]()

    const second = await desk.launch()
    const again = await second.window("notes – Manyhands")
    await second.window("letters – Manyhands")
    expect((await call(again, "window-state")).tabs).toEqual({ open: ["a.md"], active: "a.md", places: {} })
  })
}

test("a folder that is gone is not opened again, and stays in the list as missing", async ({ desk }) => {
  await desk.write("notes/a.md", "")
  const first = await desk.launch(["notes"])
  await first.window("notes – Manyhands")
  await first.quit()
  const { rename } = await import("node:fs/promises")
  await rename(join(desk.root, "notes"), join(desk.root, "moved"))

  const second = await desk.launch()
  const page = await second.window("Manyhands")
  const { workspace, recent } = await call(page, "window-state")
  expect(workspace).toEqual({ kind: "none" })
  expect(recent).toMatchObject([{ title: "notes", missing: true }])
})

test("broken settings are kept aside", async ({ desk }) => {
  await desk.write("profile/settings.json", "{ not json")
  const app = await desk.launch()
  expect((await call(await app.firstWindow(), "window-state")).settings.theme).toBe("system")
  expect(await readFile(join(app.profile, "settings.broken.json"), "utf8")).toBe("{ not json")
  await app.untilLogged("settings-broken")
})

test("a second start hands what it was given to the first, and ends", async ({ desk }) => {
  await desk.write("notes/a.md", "")
  await desk.write("letters/b.md", "")
  const app = await desk.launch(["notes"])
  const page = await app.window("notes – Manyhands")
  await call(page, "window-state")
  await page.evaluate(() => {
    const shown: unknown[] = []
    Reflect.set(window, "shown", shown)
    Reflect.get(window, "manyhands").on("show-document", (document: unknown) => shown.push(document))
  })

  expect(await desk.startAgain(["letters", "notes/a.md"])).toBe(0)
  await app.window("letters – Manyhands")
  await expect.poll(() => page.evaluate(() => Reflect.get(window, "shown"))).toEqual([{ path: "a.md" }])
  expect(app.electron.windows()).toHaveLength(2)
})

test("another profile is another app", async ({ desk }) => {
  const one = await desk.launch([], "one")
  const two = await desk.launch([], "two")
  const [first, second] = await Promise.all([one.firstWindow(), two.firstWindow()])
  const ids = [await call(first, "window-state"), await call(second, "window-state")].map(
    ({ settings }) => settings.person.id,
  )
  expect(ids[0]).not.toBe(ids[1])
})

function settingsText(app: DesktopApp): Promise<string> {
  return readFile(join(app.profile, "settings.json"), "utf8")
}
