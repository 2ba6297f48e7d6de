import { readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Page } from "@playwright/test"
import { type Desk, type DesktopApp, expect, test } from "./support/app.ts"

test("a file named together with its folder is in front, and what is typed is in it", async ({ desk }) => {
  const { page, file } = await openTides(desk)
  await expect(page.getByRole("tab", { selected: true })).toHaveText("Tides")
  await write(page, "And goes out.")
  await expect.poll(() => readFile(file, "utf8")).toBe("The tide comes in.\nAnd goes out.")
  await expect(page.locator(".safety-light")).toHaveText("Saved here")
})

test("when the server is killed, the window types on and every word is kept", async ({ desk }) => {
  const { app, page, file } = await openTides(desk)
  await write(page, "Before. ")
  const pid = await app.serverPid()
  process.kill(pid, "SIGKILL")
  await page.keyboard.type("While it is away. ")
  expect(await app.serverPid(2)).not.toBe(pid)
  await page.keyboard.type("After.")
  const all = "The tide comes in.\nBefore. While it is away. After."
  await expect.poll(() => readFile(file, "utf8")).toBe(all)
  // What can be undone is not lost with the connection.
  await page.keyboard.press("Control+Z")
  await expect(page.locator(".cm-content")).not.toContainText("After.")
  await page.keyboard.press("Control+Shift+Z")
  await expect(page.locator(".cm-content")).toContainText("After.")
  await expect.poll(() => readFile(file, "utf8")).toBe(all)
  await expect(page.locator(".safety-light")).toHaveText("Saved here")

  await app.kill()
  const again = await desk.launch()
  const later = await again.firstWindow()
  await expect(later.locator(".cm-content")).toContainText("After.")
})

test("words that are only in the window are asked about, and can be copied elsewhere", async ({ desk }) => {
  const { app, page } = await openTides(desk)
  const copy = join(desk.root, "copy.md")
  await app.electron.evaluate(({ dialog, session }, path) => {
    const answer = (_window: unknown, { buttons }: { buttons: string[] }) =>
      Promise.resolve({ response: buttons.indexOf("Save a copy"), checkboxChecked: false })
    Reflect.set(dialog, "showMessageBox", answer)
    session.defaultSession.on("will-download", (_event, item) => item.setSavePath(path))
  }, copy)
  const pid = await app.serverPid()
  process.kill(pid, "SIGSTOP")
  try {
    await write(page, "Nowhere else.")
    await expect(page.locator(".safety-light")).toHaveText("Saving")
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
    await expect.poll(() => readFile(copy, "utf8").catch(() => "")).toBe("The tide comes in.\nNowhere else.")
  } finally {
    process.kill(pid, "SIGCONT")
  }
  // The window is still there, and the words reach the server after all.
  await expect(page.locator(".safety-light")).toHaveText("Saved here")
  expect(await app.quit()).toBe(0)
})

test("files that other programs make and remove come and go in the list", async ({ desk }) => {
  const { page } = await openTides(desk)
  await desk.write("notes/A first.md", "")
  await desk.write("notes/part/deep.md", "")
  await expect(page.getByRole("row")).toHaveText(["A first.md", "part", "deep.md", "Tides.md"])
  await rm(join(desk.root, "notes/A first.md"))
  await expect(page.getByRole("row")).toHaveText(["part", "deep.md", "Tides.md"])
})

test("dropped files are opened: those of the folder as tabs, others in windows of their own", async ({
  desk,
}) => {
  const { app, page } = await openTides(desk)
  const inside = await desk.write("notes/Other.md", "Another one.")
  const outside = await desk.write("elsewhere.txt", "Far away.")
  await drop(page, [inside, outside])
  await expect(page.getByRole("tab", { selected: true })).toHaveText("Other")
  const window = await app.window("elsewhere.txt – Manyhands")
  await expect(window.locator(".cm-content")).toHaveText("Far away.")
  // What is no file of the disk has no path.
  expect(await page.evaluate(() => Reflect.get(window, "manyhands").pathOf(new File([], "made-up.md")))).toBe(
    "",
  )
})

test("a dropped file that is not text is refused with a sentence, opens no window, and is not touched", async ({
  desk,
}) => {
  const { app, page } = await openTides(desk)
  const picture = join(desk.root, "picture.png")
  const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe, 0x00])
  await writeFile(picture, bytes)
  await drop(page, [picture])
  await expect(page.getByText("picture.png")).toBeVisible()
  expect(app.electron.windows()).toHaveLength(1)
  expect(await readFile(picture)).toEqual(bytes)
})

/** Lets go of files over the page, as the system's file manager would. */
async function drop(page: Page, files: string[]): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  const data = { items: [], files, dragOperationsMask: 1 }
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await devtools.send("Input.dispatchDragEvent", { type, x: 400, y: 300, data })
  }
}

async function openTides(desk: Desk): Promise<{ app: DesktopApp; page: Page; file: string }> {
  const file = await desk.write("notes/Tides.md", "The tide comes in.\n")
  const app = await desk.launch(["notes", "notes/Tides.md"])
  const page = await app.firstWindow()
  await page.getByLabel("Your name").fill("Mira")
  await page.getByRole("button", { name: "Begin" }).click()
  await expect(page.locator(".cm-content")).toContainText("The tide comes in.")
  return { app, page, file }
}

async function write(page: Page, words: string): Promise<void> {
  await page.locator(".cm-content").press("Control+End")
  await page.keyboard.type(words)
}
