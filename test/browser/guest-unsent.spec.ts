import { expect, type Page, test } from "@playwright/test"
import { join, light, personPage, text, type } from "./support/guest-page.ts"
import { GuestServer } from "./support/guest-server.ts"

let server: GuestServer

test.beforeEach(async () => {
  server = await GuestServer.start()
})

test.afterEach(async () => {
  await server.stop()
})

/** The bytes of each record that this browser keeps of unsent words. */
function keptBytes(page: Page): Promise<number[]> {
  return page.evaluate(
    () =>
      new Promise<number[]>((resolve, reject) => {
        const opening = indexedDB.open("manyhands-unsent")
        opening.onerror = () => reject(opening.error)
        opening.onsuccess = () => {
          const all = opening.result.transaction("records").objectStore("records").getAll()
          all.onerror = () => reject(all.error)
          all.onsuccess = () => {
            opening.result.close()
            resolve(all.result.map((record: { update: Uint8Array }) => record.update.length))
          }
        }
      }),
  )
}

test("words that had not reached the host when the tab was closed are there with the next visit", async ({
  browser,
}) => {
  const link = await server.invite({ role: "editor", room: "tides" })
  const context = await browser.newContext()
  const first = await context.newPage()
  await join(first, link, "Mira")
  await first.keyboard.insertText("The sea rises. ")
  await expect(light(first)).toHaveText("Saved at the host")
  await server.kill()
  await type(first, "It falls again.")
  await first.keyboard.press("Control+Home")
  for (let count = 0; count < 4; count += 1) await first.keyboard.press("Delete")
  await expect(light(first)).toHaveText("Not saved: no connection to the host")
  await expect.poll(() => keptBytes(first)).toHaveLength(1)
  // Closed without a question, as by a crash.
  await first.close()

  await server.restart()
  const second = await context.newPage()
  await join(second, link, "Mira")
  await expect(text(second)).toHaveText("sea rises. It falls again.")
  await expect(second.getByRole("status").filter({ hasText: "are back" })).toContainText(
    "Now they are in the text.",
  )
  await expect(light(second)).toHaveText("Saved at the host")
  await expect.poll(() => keptBytes(second)).toEqual([])

  const noor = await personPage(browser)
  await join(noor, link, "Noor")
  await expect(text(noor)).toHaveText("sea rises. It falls again.")
  await noor.context().close()
  await context.close()
})

test("what is kept is as large as what was written, however often and however long the document", async ({
  page,
}) => {
  const link = await server.invite({ role: "editor", room: "long" })
  await join(page, link, "Mira")
  await page.keyboard.insertText("A long document. ".repeat(5000))
  await expect(light(page)).toHaveText("Saved at the host")
  await expect.poll(() => keptBytes(page)).toEqual([])
  await server.kill()
  for (let round = 0; round < 20; round += 1) {
    await type(page, "ten words. ")
  }
  await expect.poll(async () => (await keptBytes(page)).length).toBe(1)
  await expect.poll(async () => (await keptBytes(page))[0] ?? 0).toBeGreaterThan(220)
  expect((await keptBytes(page))[0]).toBeLessThan(600)
})

test("words that a tab has brought to the host by itself come back nowhere", async ({ browser }) => {
  const link = await server.invite({ role: "editor", room: "two" })
  const context = await browser.newContext()
  const first = await context.newPage()
  await join(first, link, "Mira")
  await type(first, "one ")
  await expect(light(first)).toHaveText("Saved at the host")
  await server.kill()
  await type(first, "two ")
  await expect.poll(() => keptBytes(first)).toHaveLength(1)
  await server.restart()
  await expect(light(first)).toHaveText("Saved at the host")
  await expect.poll(() => keptBytes(first)).toEqual([])
  const second = await context.newPage()
  await join(second, link, "Mira")
  await expect(text(second)).toHaveText("one two ")
  await expect(second.getByText("are back")).toHaveCount(0)
  await context.close()
})
