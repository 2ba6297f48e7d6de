import { readFile, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { chromium, type Locator, type Page } from "@playwright/test"
import { type Desk, expect, test } from "./support/app.ts"
import { joinAs, named, shareFolder } from "./support/people.ts"

const patient = { timeout: 30_000 }

test.setTimeout(120_000)

interface Shared {
  miras: Page
  noors: Page
  link: string
  at(path: string): string
}

/** Mira shares a folder, Noor joins it with her app. */
async function sharedFolder(desk: Desk, files: Record<string, string>): Promise<Shared> {
  for (const [path, text] of Object.entries(files)) await desk.write(`guide/${path}`, text)
  const mira = await desk.launch(["guide"], "mira")
  const miras = await named(await mira.firstWindow(), "Mira")
  await row(miras, Object.keys(files)[0] ?? "").waitFor()
  const link = await shareFolder(miras)
  const noors = await joinAs(desk, { name: "Noor", link, title: "guide" })
  return { miras, noors, link, at: (path) => join(desk.root, "guide", path) }
}

test("a folder is shared as a whole: everybody sees its files, and who is in which", async ({ desk }) => {
  const { miras, noors, link, at } = await sharedFolder(desk, {
    "Read me.md": "Begin here\n",
    "chapters/Tides.md": "High and low\n",
  })
  await row(noors, "Tides.md").click()
  await hasText(noors, "High and low\n")
  await noors.keyboard.type("Twice a day. ")
  await expect
    .poll(() => readFile(at("chapters/Tides.md"), "utf8"), patient)
    .toBe("Twice a day. High and low\n")
  await expect(noors.locator(".safety-light")).toHaveText("Saved here and at the host", patient)

  await test.step("Mira sees where Noor is, without opening the file", async () => {
    await expect(row(miras, "Tides.md")).toHaveAccessibleName(/with Noor/, patient)
    await miras.getByRole("button", { name: "Share" }).click()
    await expect(miras.locator(".share-person", { hasText: "Noor" })).toContainText("Tides")
    await miras.keyboard.press("Escape")
  })

  await test.step("a guest with a browser begins with the first file, and goes to another", async () => {
    const browser = await chromium.launch(test.info().project.use.launchOptions ?? {})
    try {
      const guest = await browser.newPage()
      await guest.goto(link)
      await expect(guest.getByRole("heading", { level: 1 })).toHaveText(
        "Mira invites you to write in the folder “guide”",
      )
      await guest.getByLabel("Your name").fill("Ines")
      await guest.getByRole("button", { name: "Start writing" }).click()
      await hasText(guest, "Begin here\n")
      await row(guest, "Tides.md").click()
      await hasText(guest, "Twice a day. High and low\n")
      await guest.keyboard.type("Ines was here. ")
      await hasText(noors, "Ines was here. Twice a day. High and low\n")
      await expect(row(noors, "Tides.md")).toHaveAccessibleName(/with Ines/, patient)
      await guest.reload()
      await guest.getByRole("button", { name: "Start writing" }).click()
      await hasText(guest, "Ines was here. Twice a day. High and low\n")
      await guest.getByRole("button", { name: "New file" }).click()
      await guest.getByLabel("Name of the new file").fill("Birds")
      await guest.keyboard.press("Enter")
      await expect(row(guest, "Birds.md")).toHaveAccessibleName(/in front/)
      await hasText(guest, "")
      await guest.keyboard.type("Curlews")
      await expect.poll(() => readFile(at("Birds.md"), "utf8").catch(() => ""), patient).toBe("Curlews")
      await row(miras, "Birds.md").click()
      await hasText(miras, "Curlews")
    } finally {
      await browser.close()
    }
  })
})

test("files that are made, renamed and deleted are so for everybody", async ({ desk }) => {
  const { miras, noors, at } = await sharedFolder(desk, { "Tides.md": "High\n", "Walk.md": "Far\n" })
  await row(noors, "Tides.md").click()
  await hasText(noors, "High\n")
  await desk.write("guide/new/Birds.md", "Curlews\n")
  await row(noors, "Birds.md").waitFor(patient)
  await rename(at("Tides.md"), at("Ebb and flow.md"))
  await expect(noors.getByRole("tab", { name: "Ebb and flow" })).toBeVisible(patient)
  await noors.keyboard.type("Still here. ")
  await expect.poll(() => readFile(at("Ebb and flow.md"), "utf8"), patient).toBe("Still here. High\n")

  await test.step("Noor makes one", async () => {
    await noors.getByRole("button", { name: "New file" }).first().click()
    await noors.getByLabel("Name of the new file").fill("notes/Mine")
    await noors.keyboard.press("Enter")
    await expect(noors.getByRole("tab", { name: "Mine" })).toBeVisible()
    await hasText(noors, "")
    await noors.keyboard.type("My words")
    await expect.poll(() => readFile(at("notes/Mine.md"), "utf8").catch(() => ""), patient).toBe("My words")
    await row(miras, "Mine.md").click()
    await hasText(miras, "My words")
  })

  await test.step("one that is deleted says so where it is open, and comes back when somebody wants it", async () => {
    await miras.keyboard.press("Control+W")
    await rm(at("notes/Mine.md"))
    const banner = noors.getByText("“Mine” is not in the folder any more.")
    await banner.waitFor(patient)
    await expect(row(noors, "Mine.md")).toHaveCount(0)
    await noors.getByRole("button", { name: "Put it back" }).click()
    await expect.poll(() => readFile(at("notes/Mine.md"), "utf8").catch(() => ""), patient).toBe("My words")
    await expect(banner).toHaveCount(0)
    await row(noors, "Mine.md").waitFor()
  })
})

test("the end of sharing ends it for the folder, and sharing goes on after a restart until then", async ({
  desk,
}) => {
  const { miras, noors } = await sharedFolder(desk, { "Tides.md": "High\n" })
  await row(noors, "Tides.md").click()
  await hasText(noors, "High\n")
  await miras.close()
  await expect(noors.locator(".safety-light")).toHaveText(/^Saved here/, patient)
  const again = await desk.launch([], "mira")
  const back = await again.firstWindow()
  await noors.keyboard.type("Back. ")
  await expect(noors.locator(".safety-light")).toHaveText("Saved here and at the host", patient)
  await desk.write("guide/New.md", "New\n")
  await row(noors, "New.md").waitFor(patient)

  await back.getByRole("button", { name: "Share" }).click()
  await back.getByRole("button", { name: "Stop sharing" }).click()
  await back
    .getByRole("group", { name: "Stop sharing" })
    .getByRole("button", { name: "Stop sharing" })
    .click()
  await expect(noors.getByRole("alertdialog")).toContainText("Mira has ended your access to “guide”", patient)
})

function row(page: Page, name: string): Locator {
  return page.getByRole("row", { name: new RegExp(`^${name.replaceAll(".", "\\.")}`) })
}

/** The text in front, which is of one line; the keyboard is at its beginning. */
async function hasText(page: Page, text: string): Promise<void> {
  const front = page.locator(".tab-panel:not([inert]) .cm-content, .guest-main .cm-content")
  await expect(front).toHaveText(text.trim(), patient)
  await front.press("Control+Home")
}
