import { readFile } from "node:fs/promises"
import { devices, expect, test } from "@playwright/test"
import { expectAccessible, join, light, line, personPage, text, type } from "./support/guest-page.ts"
import { GuestServer } from "./support/guest-server.ts"

let server: GuestServer

test.beforeEach(async () => {
  server = await GuestServer.start()
})

test.afterEach(async () => {
  await server.stop()
})

test("two guests write at once and see each other's named carets", async ({ page, browser }) => {
  const link = await server.invite({ role: "editor", room: "tides" })
  await join(page, link, "Mira")
  const noor = await personPage(browser)
  await join(noor, link, "Noor")
  await type(page, "The sea rises. ")
  await expect(text(noor)).toHaveText("The sea rises. ")
  await type(noor, "The sea falls.")
  await expect(text(page)).toHaveText("The sea rises. The sea falls.")
  await expect(page.locator(".peer-caret", { hasText: "Noor" })).toHaveCount(1)
  await expect(noor.locator(".peer-caret", { hasText: "Mira" })).toHaveCount(1)
  await expect(page.getByRole("button", { name: "Noor, line 1" })).toBeVisible()
  await expect(light(page)).toHaveText("Saved at the host")
  await noor.context().close()
  await expect(page.getByRole("button", { name: /^Noor/ })).toHaveCount(0)
})

test("what others do takes neither the focus nor the place in the text", async ({ page, browser }) => {
  const link = await server.invite({ role: "editor", room: "long" })
  await join(page, link, "Mira")
  await page.keyboard.insertText(Array.from({ length: 200 }, (_, line) => `Line ${line + 1}`).join("\n"))
  await page.getByRole("button", { name: "Download" }).focus()
  const noor = await personPage(browser)
  await join(noor, link, "Noor")
  await expect(page.getByRole("button", { name: /^Noor/ })).toBeVisible()
  const placeOf = async () => (await line(page, "Line 195").boundingBox())?.y ?? Number.NaN
  const before = await placeOf()
  await noor.keyboard.insertText("Noor writes above.\n\n")
  await expect(light(noor)).toHaveText("Saved at the host")
  await expect(page.getByRole("button", { name: "Noor, line 3" })).toBeVisible()
  expect(Math.abs((await placeOf()) - before), "moved by less than a pixel").toBeLessThan(1)
  await expect(page.getByRole("button", { name: "Download" })).toBeFocused()
})

test("a face goes to where that person is, a second press follows, a key in the text lets go", async ({
  page,
  browser,
}) => {
  const link = await server.invite({ role: "editor", room: "follow" })
  await join(page, link, "Mira")
  await page.keyboard.insertText(Array.from({ length: 200 }, (_, line) => `Line ${line + 1}`).join("\n"))
  await page.keyboard.press("Control+Home")
  const noor = await personPage(browser)
  await join(noor, link, "Noor")
  await text(noor).press("Control+End")
  const face = page.getByRole("button", { name: "Noor, line 200" })
  await face.click()
  await expect(line(page, "Line 200")).toBeInViewport()
  await expect(page.getByText("Following Noor")).toHaveCount(0)
  await face.click()
  await expect(page.getByText("Following Noor")).toBeVisible()
  await text(noor).press("Control+Home")
  await expect(line(page, "Line 1")).toBeInViewport()
  await text(page).press("ArrowRight")
  await expect(page.getByText("Following Noor")).toHaveCount(0)
  await noor.context().close()
})

test("a reader cannot write, and is told who decides", async ({ page, browser }) => {
  const writer = await personPage(browser)
  await join(writer, await server.invite({ role: "editor", room: "read" }), "Mira")
  await writer.keyboard.type("Only to be read.")
  await expect(light(writer)).toHaveText("Saved at the host")
  await page.goto(await server.invite({ role: "viewer", room: "read" }))
  await page.getByLabel("Your name").fill("Kit")
  await page.getByRole("button", { name: "Start reading" }).click()
  await expect(text(page)).toHaveText("Only to be read.")
  await expect(page.getByText("You can read this.")).toBeVisible()
  await text(page).click()
  await page.keyboard.type("Not by me")
  await page.getByRole("button", { name: "Close" }).click()
  await expect(page.getByText("You can read this.")).toHaveCount(0)
  await writer.keyboard.type(" Still.")
  await expect(text(page)).toHaveText("Only to be read. Still.")
  await expect(page.locator(".guest-title .tag")).toHaveText("Can read")
  await writer.context().close()
})

test("the text is downloaded as it stands, under its title", async ({ page }) => {
  await join(page, await server.invite({ role: "editor", room: "Tide: tables" }), "Kit")
  await page.keyboard.insertText("# Tables\n\nHigh water at six.\n")
  const started = page.waitForEvent("download")
  await page.getByRole("button", { name: "Download" }).click()
  const download = await started
  expect(download.suggestedFilename()).toBe("Tide tables.md")
  expect(await readFile(await download.path(), "utf8")).toBe("# Tables\n\nHigh water at six.\n")
})

test("while the host is away the light says so, leaving asks, and the words go when it is back", async ({
  page,
}) => {
  await join(page, await server.invite({ role: "editor", room: "away" }), "Kit")
  await page.keyboard.type("Before. ")
  await expect(light(page)).toHaveText("Saved at the host")
  await server.kill()
  await page.keyboard.type("Meanwhile.")
  await expect(light(page)).toHaveText("Not saved: no connection to the host")
  await expect(page.getByRole("alert")).toContainText("only in this tab")

  const asked = page.waitForEvent("dialog")
  await page.close({ runBeforeUnload: true })
  const dialog = await asked
  expect(dialog.type()).toBe("beforeunload")
  await dialog.dismiss()

  await server.restart()
  await expect(light(page)).toHaveText("Saved at the host")
  await expect(page.getByRole("alert")).toHaveCount(0)
  await expect(text(page)).toHaveText("Before. Meanwhile.")
})

test("the keyboard reaches every part: F6 goes round, Escape goes back to the text", async ({ page }) => {
  await join(page, await server.invite({ role: "editor", room: "keys" }), "Kit")
  await expect(text(page)).toBeFocused()
  await page.keyboard.press("F6")
  await expect(light(page)).toBeFocused()
  await page.keyboard.press("Enter")
  await expect(page.getByRole("dialog", { name: "Where the words are" })).toBeVisible()
  await page.keyboard.press("Escape")
  await expect(light(page)).toBeFocused()
  await page.keyboard.press("F6")
  await expect(page.getByRole("button", { name: "Kit, you" })).toBeFocused()
  await page.keyboard.press("Shift+F6")
  await expect(light(page)).toBeFocused()
  await page.keyboard.press("Escape")
  await expect(text(page)).toBeFocused()
})

test("name, colour and theme can be changed while writing", async ({ page, browser }) => {
  const link = await server.invite({ role: "editor", room: "settings" })
  await join(page, link, "Kit")
  const noor = await personPage(browser)
  await join(noor, link, "Noor")
  await page.getByRole("button", { name: "Kit, you" }).click()
  await page.getByLabel("Your name").fill("Kitty")
  await page.locator(".swatch[data-peer='6']").click()
  await page.getByRole("radio", { name: "Dark" }).click()
  await page.getByRole("button", { name: "Done" }).click()
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark")
  await expect(noor.getByRole("button", { name: /^Kitty/ }).locator("[data-peer='6']")).toBeVisible()
  await noor.context().close()
})

test("a phone has the name over the light, and the rest in a menu", async ({ browser }) => {
  const page = await personPage(browser, { ...devices["Pixel 7"] })
  await join(page, await server.invite({ role: "editor", room: "phone" }), "Kit")
  await page.keyboard.type("Typed with a thumb.")
  await expect(light(page)).toHaveText("Saved at the host")
  await page.getByRole("button", { name: "More", exact: true }).tap()
  await page.getByRole("menuitem", { name: "Undo" }).tap()
  await expect(text(page)).not.toContainText("thumb")
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(width, "nothing is wider than the phone").toBe(page.viewportSize()?.width)
  await expectAccessible(page)
  await page.context().close()
})

for (const colorScheme of ["light", "dark"] as const) {
  test(`the editor has no fault that axe can find, ${colorScheme}`, async ({ browser }) => {
    const link = await server.invite({ role: "editor", room: "axe" })
    const page = await personPage(browser, { colorScheme })
    await join(page, link, "Kit")
    const noor = await personPage(browser)
    await join(noor, link, "Noor")
    await noor.keyboard.insertText("# Tides\n\n- **bold** and [a link](there.md)\n\n> quoted `code`\n")
    await expect(text(page)).toContainText("quoted")
    await expectAccessible(page)
    await light(page).click()
    await expect(page.getByRole("dialog", { name: "Where the words are" })).toBeVisible()
    await expectAccessible(page)
    await page.keyboard.press("Escape")
    await page.getByRole("button", { name: "Kit, you" }).click()
    await expect(page.getByRole("dialog", { name: "Settings" })).toBeVisible()
    await expectAccessible(page)
    await page.context().close()
    await noor.context().close()
  })
}
