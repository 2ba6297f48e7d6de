import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { chromium, type Page } from "@playwright/test"
import { type Desk, expect, test } from "./support/app.ts"
import { joinAs, named, shareFolder } from "./support/people.ts"
import { StandingServer } from "./support/standing-server.ts"

const patient = { timeout: 30_000 }

test.setTimeout(150_000)

async function shared(desk: Desk) {
  const file = await desk.write("guide/Tides.md", "High\n")
  const mira = await desk.launch(["guide"], "mira")
  const miras = await named(await mira.firstWindow(), "Mira")
  await miras.getByRole("row", { name: /^Tides/ }).click()
  const link = await shareFolder(miras)
  const noors = await joinAs(desk, { name: "Noor", link, title: "guide" })
  await noors.getByRole("row", { name: /^Tides/ }).click()
  await hasText(noors, "High")
  return { file, mira, miras, noors, link }
}

test("a folder goes on at a server, with everybody in it and without the host, and comes back", async ({
  desk,
}) => {
  const server = await StandingServer.start(desk.root)
  const browser = await chromium.launch(test.info().project.use.launchOptions ?? {})
  try {
    const { file, mira, miras, noors, link } = await shared(desk)
    const guest = await browser.newPage()
    await guest.goto(link)
    await guest.getByLabel("Your name").fill("Ines")
    await guest.getByRole("button", { name: "Start writing" }).click()
    await hasText(guest, "High")

    await miras.getByRole("button", { name: "Share" }).click()
    await miras.getByRole("button", { name: "Continue" }).click()
    await miras.getByLabel("Continue on a server").fill("https://nobody.example/#token=a.b.c")
    await miras.getByRole("button", { name: "Continue" }).click()
    await expect(miras.getByText("Everything goes on from here", { exact: false })).toBeVisible(patient)
    await miras.getByLabel("Continue on a server").fill(server.ownersLink)
    await miras.getByRole("button", { name: "Continue" }).click()
    await expect(miras.getByText("You can close this computer. The others stay.")).toBeVisible(patient)
    const newLink = await miras.getByLabel("The link", { exact: true }).inputValue()
    expect(new URL(newLink).host).toBe(new URL(server.url).host)
    await miras.keyboard.press("Escape")

    // The guest's page is the server's own by now, with her name and the same file.
    await expect.poll(() => new URL(guest.url()).host, patient).toBe(new URL(server.url).host)
    await hasText(guest, "High")
    expect(guest.url()).not.toContain("name=")
    await expect(noors.locator(".side-foot")).toContainText(new URL(server.url).hostname, patient)
    await miras.locator(".cm-content").press("Control+End")
    await miras.keyboard.type("Low")
    await expect(miras.locator(".safety-light")).toHaveText("Saved here and at the host", patient)
    await hasText(guest, "HighLow")

    await mira.quit()
    await guest.locator(".cm-content").press("Control+End")
    await guest.keyboard.type(" Ines")
    await hasText(noors, "HighLow Ines")
    await noors.locator(".cm-content").press("Control+End")
    await noors.keyboard.type(" Noor")
    await hasText(guest, "HighLow Ines Noor")
    await expect(noors.locator(".safety-light")).toHaveText("Saved here and at the host", patient)

    await test.step("Mira is back: her folder has it all, and she takes it home", async () => {
      const again = await desk.launch([], "mira")
      const back = await again.firstWindow()
      await hasText(back, "HighLow Ines Noor")
      await expect.poll(() => readFile(file, "utf8"), patient).toBe("High\nLow Ines Noor")
      await back.getByRole("button", { name: "Share" }).click()
      await back.getByRole("button", { name: "Bring it back" }).click()
      await expect(back.getByText("Then it is there when this computer is off.")).toBeVisible(patient)
      await back.keyboard.press("Escape")
      await expect.poll(() => new URL(guest.url()).host, patient).toBe(new URL(link).host)
      await hasText(guest, "HighLow Ines Noor")
      await server.stop()
      await noors.locator(".cm-content").press("Control+End")
      await noors.keyboard.type(" home")
      await hasText(guest, "HighLow Ines Noor home")
    })
  } finally {
    await browser.close()
    await server.stop()
  }
})

test("who is left when the host has gone takes over, and the others come to them", async ({ desk }) => {
  const { mira, noors } = await shared(desk)
  await mira.kill()
  await noors.locator(".cm-content").press("Control+End")
  await noors.keyboard.type("Without Mira.")
  await noors.getByRole("button", { name: "Take over hosting" }).click({ timeout: 90_000 })
  await noors.getByRole("alertdialog").getByRole("button", { name: "Take over hosting" }).click()
  await expect(noors.locator(".safety-light")).toHaveText("Saved here", patient)
  await noors.getByRole("button", { name: "Share" }).click()
  await noors.getByRole("button", { name: "Make a link" }).click()
  const link = await noors.getByLabel("The link", { exact: true }).inputValue()
  await noors.keyboard.press("Escape")
  const jonas = await joinAs(desk, { name: "Jonas", link, title: "guide" })
  await jonas.getByRole("row", { name: /^Tides/ }).click()
  await hasText(jonas, "HighWithout Mira.")
  await jonas.locator(".cm-content").press("Control+End")
  await jonas.keyboard.type(" Jonas")
  await hasText(noors, "HighWithout Mira. Jonas")
  expect(await readFile(join(desk.root, "guide/Tides.md"), "utf8")).toBe("High\n")
})

async function hasText(page: Page, text: string): Promise<void> {
  const front = page.locator(".tab-panel:not([inert]) .cm-content, .guest-main .cm-content")
  await expect(front).toHaveText(text, patient)
}
