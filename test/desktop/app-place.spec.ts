import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Page } from "@playwright/test"
import { type Desk, type DesktopApp, expect, test } from "./support/app.ts"

const patient = { timeout: 20_000 }
const lines = Array.from({ length: 400 }, (_, index) => `Line number ${index + 1} of a long text`)

/** The windows of somebody who reads at line 200 of one file, and has another one open in front. */
async function reading(desk: Desk) {
  const file = await desk.write("notes/long.md", `${lines.join("\n")}\n`)
  await desk.write("notes/short.md", "Short\n")
  const app = await desk.launch(["notes"])
  const page = await app.firstWindow()
  await page.getByLabel("Your name").fill("Mira")
  await page.getByRole("button", { name: "Begin" }).click()
  await page.getByRole("row", { name: /^long/ }).click()
  await page.locator(".cm-content").press("Control+Home")
  for (let press = 1; press < 200; press++) await page.keyboard.press("ArrowDown")
  await expect(page.getByText("Line 200", { exact: true })).toBeVisible()
  await page.locator(".cm-scroller").evaluate((scroller) => scroller.scrollBy(0, 90))
  const place = await topLine(page)
  await expect.poll(() => keptPlaces(app), patient).toContain("long.md")
  // The first that is kept may be of the way there.
  let before = ""
  await expect
    .poll(
      async () => {
        const [now, last] = [await keptPlaces(app), before]
        before = now
        return now === last
      },
      { intervals: [1_500], ...patient },
    )
    .toBe(true)
  return { file, app, page, place }
}

for (const end of ["quit", "kill"] as const) {
  test(`the caret and what was in sight are there after a ${end}`, async ({ desk }) => {
    const { file, app, place } = await reading(desk)
    await app[end]()
    // What others write meanwhile moves nothing out of sight.
    await writeFile(file, `Something new\nat the top\n${lines.join("\n")}\n`)
    const again = await desk.launch()
    const page = await again.firstWindow()
    await isThere(page, place, "Line 202")
  })
}

test("they are there after the server has died, and after the page has", async ({ desk }) => {
  const { app, page, place } = await reading(desk)
  process.kill(await app.serverPid(), "SIGKILL")
  await app.serverPid(2)
  await isThere(page, place, "Line 200")
  await app.electron.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer()
  })
  // Playwright knows nothing of a page that has come back from the dead.
  const seen = () =>
    app.electron.evaluate(
      ({ BrowserWindow }, script) => BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(script),
      `[document.querySelector(".status-line")?.textContent, (${topOfText})()]`,
    )
  await app.untilLogged("page-gone")
  await expect.poll(seen, patient).toEqual(["Line 200", place])
})

async function isThere(page: Page, place: string, line: string): Promise<void> {
  await expect(page.locator(".status-bar, footer")).toContainText(line, patient)
  await expect.poll(() => topLine(page), patient).toBe(place)
}

async function keptPlaces(app: DesktopApp): Promise<string> {
  return (/"places": \{[^}]*\}/.exec(await readFile(join(app.profile, "settings.json"), "utf8")) ?? [""])[0]
}

/** The words of the first line that is wholly in sight. */
function topLine(page: Page): Promise<string> {
  return page.evaluate(topOfText)
}

function topOfText(): string {
  const scroller = document.querySelector(".cm-scroller")?.getBoundingClientRect()
  const shown = [...document.querySelectorAll(".cm-line")].find(
    (line) => scroller !== undefined && line.getBoundingClientRect().top >= scroller.top - 4,
  )
  return shown?.textContent ?? ""
}
