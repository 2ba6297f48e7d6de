import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { chromium, type Page } from "@playwright/test"
import { expect, test } from "./support/app.ts"
import { named } from "./support/people.ts"
import { StandingServer } from "./support/standing-server.ts"

const patient = { timeout: 40_000 }
const begin = "# Tides\n\nTwice a day the river runs backwards.\n"
/** Where pictures of each step go, for whoever wants to look at them. */
const pictures = process.env["PICTURES"]

test.setTimeout(240_000)

test("a folder is found nearby, written in apart and together, and goes on at a server when its host leaves", async ({
  desk,
}) => {
  const server = await StandingServer.start(desk.root)
  const browser = await chromium.launch(test.info().project.use.launchOptions ?? {})
  try {
    const file = await desk.write("Estuary guide/Chapters/2 Tides.md", begin)
    await desk.write("Estuary guide/Read me first.md", "# Read me first\n")
    let mira = await desk.launch(["Estuary guide"], "mira")
    let miras = await named(await mira.firstWindow(), "Mira")
    await row(miras, "2 Tides").click()
    await miras.getByRole("button", { name: "Share" }).click()
    await miras.getByText("Nearby on this network").click()
    await expect(miras.getByRole("switch")).toBeChecked()
    await picture(miras, "1-shared")
    await miras.keyboard.press("Escape")

    let noor = await desk.launch([], "noor")
    const start = await named(await noor.firstWindow(), "Noor")
    await start.getByRole("button", { name: "Look around" }).click()
    await start.getByRole("button", { name: "Ask to join" }).click(patient)
    await picture(start, "2-asking")
    await miras.getByRole("button", { name: "Let in" }).click(patient)
    let noors = await noor.window("Estuary guide – Manyhands")
    await row(noors, "2 Tides").click()
    await hasWords(noors, "Twice a day the river runs backwards.")
    await picture(noors, "3-joined")

    await test.step("both change the same paragraph, neither in reach of the other", async () => {
      await mira.quit()
      await typeAfter(noors, "backwards.", " Nobody in Saltby says so.")
      await expect(noors.locator(".safety-light")).toHaveText(/^Saved here\. .*the host$/, patient)
      await picture(noors, "4-noor-alone")
      await noor.quit()
      mira = await desk.launch([], "mira")
      miras = await mira.firstWindow()
      await typeAfter(miras, "Twice a day", ", at least,")
      await expect(miras.locator(".safety-light")).toHaveText("Saved here", patient)
      noor = await desk.launch([], "noor")
      noors = await noor.window("Estuary guide – Manyhands")
      const both = "Twice a day, at least, the river runs backwards. Nobody in Saltby says so."
      for (const page of [noors, miras]) await hasWords(page, both)
      await expect(noors.getByText("while you were away")).toBeVisible(patient)
      await picture(noors, "5-together-again")
      await expect.poll(() => readFile(file, "utf8"), patient).toBe(`# Tides\n\n${both}\n`)
    })

    const guest = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await test.step("it goes on at the server, a guest comes, and Mira leaves", async () => {
      await miras.getByRole("button", { name: "Share" }).click()
      await miras.getByRole("button", { name: "Continue" }).click()
      await miras.getByLabel("Continue on a server").fill(server.ownersLink)
      await miras.getByRole("button", { name: "Continue" }).click()
      await expect(miras.getByText("You can close this computer. The others stay.")).toBeVisible(patient)
      await picture(miras, "6-handed-over")
      const link = await miras.getByLabel("The link", { exact: true }).inputValue()
      await miras.keyboard.press("Escape")
      await guest.goto(link)
      await guest.getByLabel("Your name").fill("Ines")
      await picture(guest, "7-guest-is-invited")
      await guest.getByRole("button", { name: "Start writing" }).click()
      await row(guest, "2 Tides").click(patient)
      await hasWords(guest, "Nobody in Saltby says so.")
      await mira.quit()
    })

    await typeAfter(guest, "says so.", " Ines does.")
    await hasWords(noors, "Nobody in Saltby says so. Ines does.")
    await typeAfter(noors, "Ines does.", " And Noor.")
    await hasWords(guest, "Ines does. And Noor.")
    await expect(noors.locator(".safety-light")).toHaveText("Saved here and at the host", patient)
    await expect(guest.locator(".safety-light")).toHaveText("Saved at the host", patient)
    await picture(noors, "8-noor-goes-on")
    await picture(guest, "9-guest-goes-on")

    const last = await desk.launch([], "mira")
    await hasWords(await last.firstWindow(), "Ines does. And Noor.")
    await expect.poll(() => readFile(file, "utf8"), patient).toContain("Ines does. And Noor.")
  } finally {
    await browser.close()
    await server.stop()
  }
})

function row(page: Page, name: string) {
  return page.getByRole("row", { name: new RegExp(`^${name}`) })
}

async function hasWords(page: Page, words: string): Promise<void> {
  await expect(front(page)).toContainText(words, patient)
}

function front(page: Page) {
  return page.locator(".tab-panel:not([inert]) .cm-content, .guest-main .cm-content")
}

/** Puts the caret behind the words, as a press there does, and types. */
async function typeAfter(page: Page, words: string, text: string): Promise<void> {
  await hasWords(page, words)
  await front(page).evaluate((content, after) => {
    const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const at = node.textContent?.indexOf(after) ?? -1
      if (at < 0) continue
      if (content instanceof HTMLElement) content.focus()
      document.getSelection()?.collapse(node, at + after.length)
      return
    }
  }, words)
  await page.keyboard.type(text)
  await hasWords(page, words + text)
}

async function picture(page: Page, name: string): Promise<void> {
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`) })
}
