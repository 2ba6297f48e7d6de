import { expect, test } from "./support/app.ts"
import { joinAs, named, share } from "./support/people.ts"

test("whoever comes back to a document sees what others wrote in it meanwhile", async ({ desk }) => {
  await desk.write("notes/Tides.md", "# Tides\n\nThe sea rises by five metres.\n")
  const mira = await desk.launch(["notes"], "mira")
  const mirasWindow = await named(await mira.firstWindow(), "Mira")
  await mirasWindow.getByRole("row", { name: "Tides.md" }).click()
  const link = await share(mirasWindow)

  let noorsWindow = await joinAs(desk, { name: "Noor", link, title: "Tides" })
  await expect(noorsWindow.locator(".cm-content")).toContainText("five metres")
  await expect(noorsWindow.getByRole("button", { name: /^Mira/ })).toBeVisible()
  await noorsWindow.close()

  const text = mirasWindow.locator(".cm-content")
  await text.press("Control+End")
  await mirasWindow.keyboard.type("It falls again.")
  await expect(mirasWindow.locator(".safety-light")).toHaveText("Saved here")

  const noor = await desk.launch([], "noor")
  noorsWindow = await noor.window("Tides – Manyhands")
  const bar = noorsWindow.getByRole("status").filter({ hasText: "while you were away" })
  await expect(bar).toContainText("1 change by Mira while you were away.")
  await noorsWindow.getByRole("button", { name: "Show it" }).click()
  const changes = noorsWindow.getByRole("region", { name: "What changed in Tides" })
  await expect(changes.locator("ins")).toHaveText("It falls again.")
  await expect(changes.locator("del")).toHaveCount(0)
  await changes.getByRole("button", { name: "Back to the text" }).click()
  await expect(changes).toHaveCount(0)

  // Seen is seen, also after the next start.
  await noor.quit()
  const again = await desk.launch([], "noor")
  noorsWindow = await again.window("Tides – Manyhands")
  await expect(noorsWindow.locator(".safety-light")).toHaveText("Saved here and at the host")
  await expect(noorsWindow.getByText("while you were away")).toHaveCount(0)
})
