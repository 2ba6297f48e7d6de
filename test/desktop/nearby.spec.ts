import { createServer } from "node:net"
import type { Page } from "@playwright/test"
import { type Desk, expect, test } from "./support/app.ts"
import { named, shareFolder } from "./support/people.ts"

const patient = { timeout: 30_000 }

test.setTimeout(120_000)

/** Mira shares her folder with people nearby, and Noor looks around. */
async function miraAndNoor(desk: Desk) {
  await desk.write("Estuary guide/Tides.md", "High and low\n")
  const mira = await desk.launch(["Estuary guide"], "mira")
  const miras = await named(await mira.firstWindow(), "Mira")
  await shareNearby(miras)
  const noor = await desk.launch([], "noor")
  const start = await named(await noor.firstWindow(), "Noor")
  await start.getByRole("button", { name: "Look around" }).click()
  return { mira, miras, noor, start }
}

async function shareNearby(page: Page): Promise<void> {
  await page.getByRole("row", { name: /^Tides/ }).waitFor()
  await page.getByRole("button", { name: "Share" }).click()
  await page.getByText("Nearby on this network").click()
  await expect(page.getByRole("switch")).toBeChecked()
  await page.keyboard.press("Escape")
}

test("what is shared nearby shows up at the start, and its host lets people in", async ({ desk }) => {
  const { miras, noor, start } = await miraAndNoor(desk)
  const entry = start.getByRole("listitem").filter({ hasText: "Estuary guide" })
  await expect(entry).toContainText("On Mira’s computer · Mira", patient)
  await entry.getByRole("button", { name: "Ask to join" }).click()
  await expect(entry).toContainText("Waiting for Mira")

  const knock = miras.getByRole("listitem").filter({ hasText: "Noor" })
  await expect(knock).toContainText("Noor asks to come into “Estuary guide”", patient)
  await knock.getByRole("button", { name: "Let in" }).click()
  const joined = await noor.window("Estuary guide – Manyhands")
  await joined.getByRole("row", { name: /^Tides/ }).click()
  await expect(joined.locator(".cm-content")).toHaveText("High and low", patient)
  await expect(knock).toHaveCount(0)
})

test("who is not let in is told so, may ask once more, and may think better of it", async ({ desk }) => {
  const { miras, start } = await miraAndNoor(desk)
  const entry = start.getByRole("listitem").filter({ hasText: "Estuary guide" })
  await entry.getByRole("button", { name: "Ask to join" }).click(patient)
  const knock = miras.getByRole("listitem").filter({ hasText: "Noor" })
  await knock.getByRole("button", { name: "Not now" }).click(patient)
  await expect(entry).toContainText("Mira has not let you in.", patient)
  await entry.getByRole("button", { name: "Ask once more" }).click()
  await knock.waitFor(patient)
  await entry.getByRole("button", { name: "Stop asking" }).click()
  await expect(knock).toHaveCount(0, patient)
  await expect(entry.getByRole("button", { name: "Ask to join" })).toBeVisible()
})

test("what is not shared nearby any more is gone at once; nothing is looked for until somebody wants it", async ({
  desk,
}) => {
  const { miras, start } = await miraAndNoor(desk)
  const entry = start.getByRole("listitem").filter({ hasText: "Estuary guide" })
  await entry.waitFor(patient)
  await miras.getByRole("button", { name: "Share" }).click()
  await miras.getByText("Nearby on this network").click()
  await expect(start.getByText("Nobody on this network is sharing.")).toBeVisible(patient)
  await miras.getByText("Nearby on this network").click()
  await entry.waitFor(patient)
  await start.getByRole("button", { name: "Stop looking" }).click()
  await expect(entry).toHaveCount(0)
  await expect(start.getByRole("button", { name: "Look around" })).toBeVisible()
})

test("who was in it before joins without asking, also when the host has another port", async ({ desk }) => {
  await desk.write("Estuary guide/Tides.md", "High and low\n")
  const mira = await desk.launch(["Estuary guide"], "mira")
  const miras = await named(await mira.firstWindow(), "Mira")
  const link = await shareFolder(miras)
  const noor = await desk.launch([], "noor")
  const start = await named(await noor.firstWindow(), "Noor")
  await start.getByRole("button", { name: "Look around" }).click()
  await start.getByLabel("Join by link").fill(link)
  await start.getByRole("button", { name: "Join", exact: true }).click()
  const joined = await noor.window("Estuary guide – Manyhands")
  await joined.getByRole("row", { name: /^Tides/ }).click()
  await expect(joined.locator(".safety-light")).toHaveText("Saved here and at the host", patient)

  await mira.quit()
  await expect(joined.locator(".safety-light")).toHaveText("Saved here. Waiting for the host", patient)
  // Somebody else has the port by now, so that the host comes back at another address.
  const squatter = createServer().listen(Number(new URL(link).port), "127.0.0.1")
  try {
    const again = await desk.launch([], "mira")
    const back = await again.firstWindow()
    await shareNearby(back)
    await joined.locator(".cm-content").press("Control+End")
    await joined.keyboard.type("Found again.")
    await expect(joined.locator(".safety-light")).toHaveText("Saved here and at the host", patient)
  } finally {
    squatter.close()
  }
})
