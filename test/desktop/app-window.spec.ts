import type { ElectronApplication } from "@playwright/test"
import { call, expect, test } from "./support/app.ts"

test("opens a folder in a window that shows its documents", async ({ desk }) => {
  await desk.write("notes/Chapter 2.md", "")
  await desk.write("notes/Chapter 10.md", "")
  await desk.write("notes/drafts/idea.txt", "")
  await desk.write("notes/picture.png", "")
  const app = await desk.launch(["notes"])
  const page = await app.window("notes – Manyhands")
  const state = await call(page, "window-state")
  expect(state.workspace).toEqual({ kind: "folder", path: `${desk.root}/notes`, title: "notes" })
  expect(state.tree.map(({ path }) => path)).toEqual([
    "drafts",
    "drafts/idea.txt",
    "Chapter 2.md",
    "Chapter 10.md",
  ])
  expect(state.recent).toMatchObject([{ kind: "folder", title: "notes", place: desk.root, missing: false }])
})

test("opens several things at once, each in its place", async ({ desk }) => {
  await desk.write("notes/a.md", "")
  await desk.write("letter.txt", "")
  const app = await desk.launch(["notes", "letter.txt", "notes/a.md"])
  await app.window("notes – Manyhands")
  const letter = await app.window("letter.txt – Manyhands")
  expect((await call(letter, "window-state")).workspace).toMatchObject({ kind: "file" })
  // The file of the folder is a tab there.
  expect(app.electron.windows()).toHaveLength(2)
})

test("starts without anything to open, and says what cannot be opened", async ({ desk }) => {
  const app = await desk.launch(["no-such-folder"])
  const page = await app.window("Manyhands")
  expect((await call(page, "window-state")).workspace).toEqual({ kind: "none" })
  const missing = await call(page, "open-paths", [`${desk.root}/nowhere`])
  expect(missing).toMatchObject({ ok: false, error: { code: "FILE_NOT_FOUND" } })
  await app.untilLogged("not-opened")
})

test("makes documents inside the folder only, and never over another", async ({ desk }) => {
  await desk.write("notes/a.md", "words")
  await desk.write("secret.md", "")
  const app = await desk.launch(["notes"])
  const page = await app.window("notes – Manyhands")
  const made = await call(page, "create-document", "part one/chapter 1")
  expect(made).toMatchObject({ ok: true, value: { path: "part one/chapter 1.md" } })
  await expect
    .poll(async () => (await call(page, "window-state")).tree.map(({ path }) => path))
    .toEqual(["part one", "part one/chapter 1.md", "a.md"])
  for (const name of ["a.md", "../b", "/b", ".b", ""]) {
    if (name !== "") expect(await call(page, "create-document", name)).toMatchObject({ ok: false })
  }
  expect(await call(page, "open-document", "../secret.md")).toMatchObject({
    ok: false,
    error: { code: "NOT_ALLOWED" },
  })
})

test("has the menu of a desktop app, and its commands reach the window", async ({ desk }) => {
  await desk.write("notes/a.md", "")
  const app = await desk.launch(["notes"])
  const page = await app.window("notes – Manyhands")
  const menu = await menuOf(app.electron)
  expect(Object.keys(menu)).toEqual(["File", "Edit", "View", "Window", "Help"])
  expect(menu["File"]).toEqual(
    expect.arrayContaining([
      "New file…",
      "Open file…",
      "Open folder…",
      "Open recent",
      "Share…",
      "Close tab",
      "Quit",
    ]),
  )
  expect(menu["Edit"]).toEqual(
    expect.arrayContaining(["Undo", "Redo", "Cut", "Copy", "Paste", "Find…", "Replace…"]),
  )

  await page.evaluate(() => {
    const commands: unknown[] = []
    Reflect.set(window, "commands", commands)
    Reflect.get(window, "manyhands").on("menu", (command: unknown) => commands.push(command))
  })
  await app.electron.evaluate(({ Menu }) => {
    for (const id of ["find", "undo", "new-file"]) Menu.getApplicationMenu()?.getMenuItemById(id)?.click()
  })
  await expect
    .poll(() => page.evaluate(() => Reflect.get(window, "commands")))
    .toEqual(["find", "undo", "new-file"])
})

test("asks before words are lost that are nowhere else", async ({ desk }) => {
  await desk.write("notes/a.md", "")
  const app = await desk.launch(["notes"])
  const page = await app.window("notes – Manyhands")
  await call(page, "unsaved-words", true)

  const asked = await answerDialogs(app.electron, "Keep open")
  await app.electron.evaluate(({ app: own }) => own.quit())
  await expect.poll(asked).toEqual(["These words are nowhere else yet."])
  expect((await call(page, "window-state")).workspace).toMatchObject({ title: "notes" })

  await answerDialogs(app.electron, "Lose them")
  expect(await app.quit()).toBe(0)
})

/** Presses the button of this name in every question from now on; returns what reads the questions. */
async function answerDialogs(app: ElectronApplication, button: string): Promise<() => Promise<string[]>> {
  await app.evaluate(({ dialog }, wanted) => {
    const questions: string[] = []
    Reflect.set(globalThis, "questions", questions)
    const answer = (_window: unknown, options: { message: string; buttons: string[] }) => {
      questions.push(options.message)
      return Promise.resolve({ response: options.buttons.indexOf(wanted), checkboxChecked: false })
    }
    Reflect.set(dialog, "showMessageBox", answer)
  }, button)
  return () => app.evaluate(() => Reflect.get(globalThis, "questions"))
}

async function menuOf(app: ElectronApplication): Promise<Record<string, string[]>> {
  return app.evaluate(({ Menu }) => {
    const items = Menu.getApplicationMenu()?.items ?? []
    return Object.fromEntries(
      items.map((item) => [
        item.label.replace("&", ""),
        (item.submenu?.items ?? []).map(({ label }) => label),
      ]),
    )
  })
}
