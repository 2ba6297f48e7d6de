import { readFile, rename } from "node:fs/promises"
import { join } from "node:path"
import type { ElectronApplication } from "@playwright/test"
import { call, expect, test } from "./support/app.ts"

test("a folder that is chosen is shown in the empty window", async ({ desk }) => {
  await desk.write("notes/a.md", "")
  const app = await desk.launch()
  const page = await app.window("Manyhands")
  await chooses(app.electron, join(desk.root, "notes"))
  expect(await call(page, "open-folder-dialog")).toEqual({ ok: true, value: null })
  await app.window("notes – Manyhands")
  expect(app.electron.windows()).toHaveLength(1)
})

test("a dialog that is left changes nothing", async ({ desk }) => {
  const app = await desk.launch()
  const page = await app.window("Manyhands")
  await chooses(app.electron, null)
  for (const channel of ["open-folder-dialog", "open-file-dialog", "new-file-dialog"] as const) {
    expect(await call(page, channel)).toEqual({ ok: true, value: null })
  }
  expect((await call(page, "window-state")).workspace).toEqual({ kind: "none" })
})

test("a new file is made where the person says, and gets an ending", async ({ desk }) => {
  const app = await desk.launch()
  const page = await app.window("Manyhands")
  await chooses(app.electron, join(desk.root, "Letter"))
  expect(await call(page, "new-file-dialog")).toMatchObject({ ok: true })
  await app.window("Letter.md – Manyhands")
  expect(await readFile(join(desk.root, "Letter.md"), "utf8")).toBe("")
})

test("a new file under the name of another one opens that, and does not empty it", async ({ desk }) => {
  const file = await desk.write("Letter.md", "Dear Noor,")
  const app = await desk.launch()
  const page = await app.window("Manyhands")
  await chooses(app.electron, file)
  expect(await call(page, "new-file-dialog")).toMatchObject({ ok: true })
  await app.window("Letter.md – Manyhands")
  expect(await readFile(file, "utf8")).toBe("Dear Noor,")
})

test("a recent folder that has moved is found again", async ({ desk }) => {
  await desk.write("notes/a.md", "")
  const first = await desk.launch(["notes"])
  await first.window("notes – Manyhands")
  await first.quit()
  await rename(join(desk.root, "notes"), join(desk.root, "moved"))

  const app = await desk.launch()
  const page = await app.window("Manyhands")
  const key = join(desk.root, "notes")
  expect(await call(page, "open-recent", key)).toMatchObject({ ok: false, error: { code: "FILE_NOT_FOUND" } })
  await chooses(app.electron, join(desk.root, "moved"))
  expect(await call(page, "find-recent", key)).toMatchObject({ ok: true })
  const moved = await app.window("moved – Manyhands")
  const { recent } = await call(moved, "window-state")
  expect(recent.map(({ title, missing }) => [title, missing])).toEqual([["moved", false]])
})

test("a link is copied to the system's clipboard", async ({ desk }) => {
  const app = await desk.launch()
  await call(await app.window("Manyhands"), "copy-text", "http://127.0.0.1:1/#room=r&token=a.b.c")
  const text = await app.electron.evaluate(({ clipboard }) => clipboard.readText())
  expect(text).toBe("http://127.0.0.1:1/#room=r&token=a.b.c")
})

/** Whoever opens a dialog from now on gets this path; null: the dialog is left. */
async function chooses(app: ElectronApplication, path: string | null): Promise<void> {
  await app.evaluate(({ dialog }, chosen) => {
    const canceled = chosen === null
    Reflect.set(dialog, "showOpenDialog", () =>
      Promise.resolve({ canceled, filePaths: chosen === null ? [] : [chosen] }),
    )
    Reflect.set(dialog, "showSaveDialog", () => Promise.resolve({ canceled, filePath: chosen ?? "" }))
  }, path)
}
