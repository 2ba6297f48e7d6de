import { existsSync } from "node:fs"
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Page } from "@playwright/test"
import { type Desk, type DesktopApp, expect, test } from "./support/app.ts"
import { named } from "./support/people.ts"

test("a file that another program renames or moves keeps its tab, and what is written goes there", async ({
  desk,
}) => {
  const { page, file } = await openTides(desk)
  const text = page.locator(".cm-content")
  await rename(file, join(desk.root, "notes/Moons.md"))
  await expect(page.getByRole("tab", { selected: true })).toHaveText("Moons")
  await text.press("Control+End")
  await page.keyboard.type("One.")
  await expectFile(join(desk.root, "notes/Moons.md"), "The tide comes in.\nOne.")

  await mkdir(join(desk.root, "notes/old"))
  await rename(join(desk.root, "notes/Moons.md"), join(desk.root, "notes/old/Moons of old.md"))
  await expect(page.getByRole("tab", { selected: true })).toHaveText("Moons of old")
  // The caret has stayed where it was.
  await expect(text).toBeFocused()
  await page.keyboard.type("Two.")
  await expectFile(join(desk.root, "notes/old/Moons of old.md"), "The tide comes in.\nOne.Two.")
  await expect(page.locator(".safety-light")).toHaveText("Saved here")
  await page.keyboard.press("ControlOrMeta+z")
  await expect(text).not.toContainText("Two.")
  expect(existsSync(file)).toBe(false)
})

test("a deleted file of an open document asks: it is put back, or closed", async ({ desk }) => {
  const { page, file } = await openTides(desk)
  await rm(file)
  const alert = page.getByRole("alert")
  await expect(alert).toContainText("Not saved: the file is gone.")
  await expect(alert).toContainText("Your words are kept. Put it back, or close it.")
  await page.locator(".cm-content").press("Control+End")
  await page.keyboard.type("Written meanwhile.")
  await page.getByRole("button", { name: "Put it back" }).click()
  await expectFile(file, "The tide comes in.\nWritten meanwhile.")
  await expect(alert).toHaveCount(0)
  await expect(page.locator(".safety-light")).toHaveText("Saved here")

  await rm(file)
  await page.getByRole("button", { name: "Close it" }).click()
  await expect(page.getByRole("tab")).toHaveCount(0)
  expect(existsSync(file)).toBe(false)
})

test("what is no text in the place of an open file is left alone, and the words go on beside it", async ({
  desk,
}) => {
  const { page, file } = await openTides(desk)
  const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe, 0x00])
  await writeFile(file, bytes)
  await expect(page.getByRole("tab", { selected: true })).toHaveText("Tides (words kept)")
  await expect(page.getByText("Every word of yours is in “Tides (words kept).md” now")).toBeVisible()
  await page.locator(".cm-content").press("Control+End")
  await page.keyboard.type("One.")
  await expectFile(join(desk.root, "notes/Tides (words kept).md"), "The tide comes in.\nOne.")
  await expect(page.locator(".safety-light")).toHaveText("Saved here")
  expect(await readFile(file)).toEqual(bytes)
})

test("a file that has a window of its own is followed too", async ({ desk }) => {
  const file = await desk.write("alone/Tides.md", "The tide comes in.\n")
  const app = await desk.launch(["alone/Tides.md"])
  await named(await app.firstWindow(), "Mira")
  const before = await app.window("Tides.md – Manyhands")
  await expect(before.locator(".cm-content")).toContainText("The tide comes in.")
  await rename(file, join(desk.root, "alone/Moons.md"))
  const page = await app.window("Moons.md – Manyhands")
  await page.locator(".cm-content").press("Control+End")
  await page.keyboard.type("One.")
  await expectFile(join(desk.root, "alone/Moons.md"), "The tide comes in.\nOne.")
})

async function expectFile(path: string, text: string): Promise<void> {
  await expect.poll(() => readFile(path, "utf8").catch(() => null)).toBe(text)
}

async function openTides(desk: Desk): Promise<{ app: DesktopApp; page: Page; file: string }> {
  const file = await desk.write("notes/Tides.md", "The tide comes in.\n")
  const app = await desk.launch(["notes", "notes/Tides.md"])
  const page = await named(await app.firstWindow(), "Mira")
  await expect(page.locator(".cm-content")).toContainText("The tide comes in.")
  await expect(page.getByRole("row")).toHaveText(["Tides.md"])
  return { app, page, file }
}
