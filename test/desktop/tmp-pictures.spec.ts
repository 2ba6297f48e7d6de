import { chromium } from "@playwright/test"
import { test } from "./support/app.ts"
import { joinAs, named, shareFolder } from "./support/people.ts"

test("pictures", async ({ desk }) => {
  test.setTimeout(120_000)
  const out = process.env["PICTURES"] ?? "/tmp/pictures"
  const files = [
    "Read me first.md",
    "Chapters/1 The estuary.md",
    "Chapters/2 Tides.md",
    "Chapters/3 The birds.md",
    "Notes/Walk, 12 May.txt",
  ]
  for (const f of files)
    await desk.write(
      `Estuary guide/${f}`,
      "# Tides\n\nTwice a day the river runs backwards. Nobody in Saltby says so.\n\n## How high\n\nThe sea here rises and falls by **about four metres**.\n",
    )
  const mira = await desk.launch(["Estuary guide"], "mira")
  const m = await named(await mira.firstWindow(), "Mira")
  await m.setViewportSize({ width: 1280, height: 800 })
  await m.getByRole("row", { name: /^2 Tides/ }).click()
  await m.getByRole("button", { name: "Share" }).click()
  await m.waitForTimeout(500)
  await m.screenshot({ path: `${out}/1-share-not-yet.png` })
  await m.keyboard.press("Escape")
  const link = await shareFolder(m)
  const n = await joinAs(desk, { name: "Noor", link, title: "Estuary guide" })
  await n.setViewportSize({ width: 1280, height: 800 })
  await n.waitForTimeout(500)
  await n.screenshot({ path: `${out}/2-joined-empty.png` })
  await n.getByRole("row", { name: /^3 The birds/ }).click()
  await n.getByRole("row", { name: /^2 Tides/ }).click()
  await n.waitForTimeout(800)
  await n.screenshot({ path: `${out}/3-joined.png` })
  await m.getByRole("button", { name: "Share" }).click()
  await m.waitForTimeout(800)
  await m.screenshot({ path: `${out}/4-share.png` })
  await m.getByRole("radio", { name: "This file" }).click()
  await m.waitForTimeout(300)
  await m.screenshot({ path: `${out}/5-share-file.png` })
  await m.keyboard.press("Escape")
  const browser = await chromium.launch(test.info().project.use.launchOptions ?? {})
  const g = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await g.goto(link)
  await g.waitForTimeout(800)
  await g.screenshot({ path: `${out}/6-guest-join.png` })
  await g.getByLabel("Your name").fill("Ines")
  await g.getByRole("button", { name: "Start writing" }).click()
  await g.waitForTimeout(1500)
  await g.screenshot({ path: `${out}/7-guest.png` })
  const p = await browser.newPage({ viewport: { width: 390, height: 844 }, colorScheme: "dark" })
  await p.goto(link)
  await p.getByLabel("Your name").fill("Jonas")
  await p.getByRole("button", { name: "Start writing" }).click()
  await p.waitForTimeout(1500)
  await p.screenshot({ path: `${out}/8-phone.png` })
  await p.getByRole("button", { name: "Show files" }).click()
  await p.waitForTimeout(600)
  await p.screenshot({ path: `${out}/9-phone-files.png` })
  await browser.close()
})
