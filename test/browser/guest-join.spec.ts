import { expect, test } from "@playwright/test"
import { expectAccessible, join, light, personPage, text, type } from "./support/guest-page.ts"
import { GuestServer } from "./support/guest-server.ts"

let server: GuestServer

test.beforeAll(async () => {
  server = await GuestServer.start()
})

test.afterAll(async () => {
  await server.stop()
})

test("the invitation says what it is for and who is inside, and shows no word of the text", async ({
  page,
  browser,
}) => {
  const link = await server.invite({ role: "editor", room: "Field notes" })
  const mira = await personPage(browser)
  await join(mira, link, "Mira")
  await type(mira, "Twice a day the river runs backwards.")
  await expect(light(mira)).toHaveText("Saved at the host")

  await page.goto(link)
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "You are invited to write in “Field notes”",
  )
  await expect(page.getByText("1 person is in it now")).toBeVisible()
  await expect(page.getByText("Not encrypted")).toBeVisible()
  await expect(page.getByRole("radio", { name: "azure, in use" })).toBeVisible()
  await expect(page.getByRole("radio", { name: "coral" })).toBeChecked()
  await expect(page.getByText("Twice a day")).toHaveCount(0)
  await mira.context().close()
})

test("without a name one is asked for it, and Enter goes in", async ({ page }) => {
  await page.goto(await server.invite({ role: "editor", room: "names" }))
  await expect(page.getByLabel("Your name")).toBeFocused()
  await page.keyboard.press("Enter")
  await expect(page.getByText("Write a name, so that the others know who is typing.")).toBeVisible()
  await page.getByLabel("Your name").fill("Kit")
  await page.keyboard.press("Enter")
  await expect(text(page)).toBeFocused()
})

test("a reload asks with the name that this browser remembers, and the words are there", async ({ page }) => {
  await join(page, await server.invite({ role: "editor", room: "reload" }), "Kit")
  await page.keyboard.type("Here to stay.")
  await expect(light(page)).toHaveText("Saved at the host")
  await page.reload()
  await expect(page.getByLabel("Your name")).toHaveValue("Kit")
  await page.keyboard.press("Enter")
  await expect(text(page)).toContainText("Here to stay.")
})

test("a link that has ended says so, and takes another one", async ({ page }) => {
  const ended = await server.invite({ role: "editor", room: "ended", expires: "1s" })
  const fresh = await server.invite({ role: "editor", room: "ended" })
  await expect(async () => {
    await page.goto("about:blank")
    await page.goto(ended)
    await expect(page.getByRole("heading", { name: "This link has ended" })).toBeVisible({ timeout: 1000 })
  }).toPass()
  await page.getByLabel("Another link").fill("not a link")
  await page.keyboard.press("Enter")
  await expect(page.getByText("This is not an invite link")).toBeVisible()
  await page.getByLabel("Another link").fill(fresh)
  await page.keyboard.press("Enter")
  await expect(page.getByRole("heading", { name: "You are invited to write in “ended”" })).toBeVisible()
})

test("a link for another document, and one that has lost its end, each say what is wrong", async ({
  page,
}) => {
  const link = await server.invite({ role: "editor", room: "mine" })
  await page.goto(link.replace("room=mine", "room=yours"))
  await expect(page.getByRole("heading", { name: "This link is for another document" })).toBeVisible()
  await page.goto(link.slice(0, -5))
  await expect(page.getByRole("heading", { name: "This link has ended" })).toBeVisible()
})

test("without a link the page says what this is", async ({ page }) => {
  await page.goto(server.url)
  await expect(page.getByRole("heading", { name: "This is Manyhands" })).toBeVisible()
  await page.getByLabel("Invite link").fill(await server.invite({ role: "editor", room: "pasted" }))
  await page.keyboard.press("Enter")
  await expect(page.getByRole("heading", { name: "You are invited to write in “pasted”" })).toBeVisible()
})

test("a link for every document asks for which one", async ({ page }) => {
  await page.goto(await server.invite({ role: "editor" }))
  await page.getByLabel("Name of the document").fill("chosen")
  await page.keyboard.press("Enter")
  await expect(page.getByRole("heading", { name: "You are invited to write in “chosen”" })).toBeVisible()
  await page.reload()
  await expect(page.getByRole("heading", { name: "You are invited to write in “chosen”" })).toBeVisible()
})

for (const colorScheme of ["light", "dark"] as const) {
  test(`the pages before the document have no fault that axe can find, ${colorScheme}`, async ({
    browser,
  }) => {
    const page = await personPage(browser, { colorScheme })
    await page.goto(await server.invite({ role: "editor", room: "axe" }))
    await expect(page.getByLabel("Your name")).toBeFocused()
    await page.keyboard.press("Enter")
    await expectAccessible(page)
    await page.goto(server.url)
    await expect(page.getByLabel("Invite link")).toBeVisible()
    await expectAccessible(page)
    await page.context().close()
  })
}
