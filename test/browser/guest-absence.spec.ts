import { expect, type Page, test } from "@playwright/test"
import { expectAccessible, join, light, personPage, text, type } from "./support/guest-page.ts"
import { GuestServer } from "./support/guest-server.ts"

let server: GuestServer

test.beforeEach(async () => {
  server = await GuestServer.start()
})

test.afterEach(async () => {
  await server.stop()
})

/** The page's clock goes on by a minute, so that the absence is one that is worth telling. */
async function aMinuteLater(page: Page): Promise<void> {
  await page.clock.setSystemTime(Date.now() + 60_000)
}

test("whoever was offline sees how much others wrote, and each change of it, with the keyboard alone", async ({
  page,
  browser,
}) => {
  const link = await server.invite({ role: "editor", room: "tides" })
  const noor = await personPage(browser)
  for (const person of [page, noor]) await person.clock.install()
  await join(page, link, "Mira")
  await page.keyboard.insertText("# Tides\n\nThe sea rises by five metres.\n\nThe mud remembers.\n")
  await expect(light(page)).toHaveText("Saved at the host")
  await join(noor, link, "Noor")
  await expect(text(noor)).toContainText("five metres")
  await expect(page.getByRole("button", { name: /^Noor/ })).toBeVisible()

  await server.kill()
  for (const person of [page, noor]) await expect(light(person)).toHaveText("Waiting for the host")
  await type(page, "Mira's own line.")
  await type(noor, "Noor's first line.\nNoor's second line.\n")
  for (const person of [page, noor]) await aMinuteLater(person)
  await server.restart()

  const bar = page.getByRole("status").filter({ hasText: "while you were offline" })
  await expect(bar).toContainText("1 change by Noor while you were offline.")
  await expect(bar).toContainText("Yours and theirs are together now.")
  await expect(text(page)).toContainText("Mira's own line.")
  await expectAccessible(page)

  await page.getByRole("button", { name: "Show it" }).focus()
  await page.keyboard.press("Enter")
  const changes = page.getByRole("region", { name: "What changed in tides" })
  await expect(changes.locator("ins")).toContainText(["Noor's first line."])
  await expect(changes.getByText("1 of 1")).toBeVisible()
  await expectAccessible(page)

  await page.keyboard.press("Escape")
  await expect(changes).toHaveCount(0)
  await expect(bar).toHaveCount(0)
  await expect(text(page)).toBeFocused()
  await noor.context().close()
})

test("a short cut is not told", async ({ page, browser }) => {
  const link = await server.invite({ role: "editor", room: "tides" })
  await join(page, link, "Mira")
  await page.keyboard.insertText("The sea rises.")
  await expect(light(page)).toHaveText("Saved at the host")
  const noor = await personPage(browser)
  await join(noor, link, "Noor")
  await server.kill()
  await type(noor, " Noor writes.")
  await server.restart()
  await expect(text(page)).toContainText("Noor writes.")
  await expect(page.getByText("while you were offline")).toHaveCount(0)
  await noor.context().close()
})
