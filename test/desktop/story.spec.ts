import { readFile, writeFile } from "node:fs/promises"
import { chromium, type Page } from "@playwright/test"
import { readSequentialTrace } from "../fixtures/traces.ts"
import { type Desk, expect, test } from "./support/app.ts"
import { joinAs, named, share } from "./support/people.ts"
import { progressOf, shownAsSaved, startTyping, statesOf, textOf } from "./support/typist.ts"

const noorsMark = "\n<!-- Noor writes here -->\n"
const guestsMark = "\n<!-- Ines writes here -->\n"
/** So many edits are more than five minutes of a person's typing at 300 strokes a minute. */
const editCount = 1_500
const miras = readSequentialTrace("sveltecomponent").edits.slice(0, editCount)
const noors = readSequentialTrace("seph-blog1").edits.slice(0, editCount)
/** Two thousand edits take their time on a busy machine. */
const patient = { timeout: 90_000 }
const guestsWords = "Ines has nothing but a browser, and writes all the same. "

test.setTimeout(300_000)

test("two people and a guest write one file, one app is killed in the middle, and not a word is lost", async ({
  desk,
}) => {
  const file = await desk.write("notes/Tides.md", `${noorsMark}${guestsMark}`)

  const mira = await desk.launch(["notes"], "mira")
  const mirasWindow = await named(await mira.firstWindow(), "Mira")
  await mirasWindow.getByRole("row", { name: "Tides.md" }).click()
  const link = await share(mirasWindow)

  let noor = await desk.launch([], "noor")
  const start = await named(await noor.firstWindow(), "Noor")
  await start.getByLabel("Join by link").fill(link)
  await start.getByRole("button", { name: "Join", exact: true }).click()
  let noorsWindow = await noor.window("Tides – Manyhands")
  await hasText(noorsWindow, guestsMark)

  const browser = await chromium.launch(launchOptions())
  try {
    const guest = await browser.newPage()
    await guest.goto(link)
    await guest.getByLabel("Your name").fill("Ines")
    await guest.getByRole("button", { name: "Start writing" }).click()
    await hasText(guest, guestsMark)

    await test.step("everybody sees everybody's caret by name", async () => {
      await placeCaret(mirasWindow)
      await placeCaret(noorsWindow)
      await placeCaret(guest)
      await seesCarets(mirasWindow, ["Noor", "Ines"])
      await seesCarets(noorsWindow, ["Mira", "Ines"])
      await seesCarets(guest, ["Mira", "Noor"])
    })

    await startTyping(mirasWindow, { edits: miras, from: 0, part: { after: null }, perTick: 2 })
    await startTyping(noorsWindow, { edits: noors, from: 0, part: { after: noorsMark }, perTick: 2 })
    await guest.locator(".cm-content").press("Control+End")
    const guestTypes = guest.keyboard.type(guestsWords, { delay: 40 })

    // In the middle of a sentence, without notice.
    await expect
      .poll(async () => (await progressOf(noorsWindow)).typed, { ...patient, intervals: [50] })
      .toBeGreaterThan(editCount / 2)
    const before = await progressOf(noorsWindow)
    await noor.kill()

    noor = await desk.launch([], "noor")
    noorsWindow = await noor.firstWindow()
    await hasText(noorsWindow, guestsMark)
    // The host may have words of hers that her own disk had not: they come back with the link.
    await expect(noorsWindow.locator(".safety-light")).toHaveText("Saved here and at the host", patient)
    const kept = partOf(await textOf(noorsWindow), noorsMark, guestsMark)
    const states = statesOf(noors)
    const resumed = states.lastIndexOf(kept)
    expect(resumed, "what is there is exactly what some number of edits made").toBeGreaterThanOrEqual(0)
    expect(resumed).toBeGreaterThanOrEqual(shownAsSaved(before.samples, /^Saved here/))

    await startTyping(noorsWindow, { edits: noors, from: resumed, part: { after: noorsMark }, perTick: 2 })
    await guestTypes
    await isDone(mirasWindow, editCount)
    await isDone(noorsWindow, editCount)

    const all = `${statesOf(miras).at(-1)}${noorsMark}${states.at(-1)}${guestsMark}${guestsWords}`
    for (const page of [mirasWindow, noorsWindow, guest])
      await expect.poll(() => textOf(page), patient).toBe(all)
    await expect.poll(() => readFile(file, "utf8"), patient).toBe(all)

    await expect(mirasWindow.locator(".safety-light")).toHaveText("Saved here", patient)
    await expect(noorsWindow.locator(".safety-light")).toHaveText("Saved here and at the host")
    await expect(guest.locator(".safety-light")).toHaveText("Saved at the host")

    await test.step("an edit by another program arrives everywhere without a question", async () => {
      await writeFile(file, `${all}\nWritten by another program.\n`)
      for (const page of [mirasWindow, noorsWindow, guest]) {
        await expect.poll(() => textOf(page), patient).toBe(`${all}\nWritten by another program.\n`)
      }
    })
  } finally {
    await browser.close()
  }
})

test("the host is killed in the middle, and everybody goes on when it is back", async ({ desk }) => {
  const file = await desk.write("notes/Tides.md", `${noorsMark}`)
  let mira = await desk.launch(["notes"], "mira")
  let mirasWindow = await named(await mira.firstWindow(), "Mira")
  await mirasWindow.getByRole("row", { name: "Tides.md" }).click()
  const link = await share(mirasWindow)

  const noorsWindow = await joined(desk, link)
  await startTyping(mirasWindow, { edits: miras, from: 0, part: { after: null }, perTick: 2 })
  await expect
    .poll(async () => (await progressOf(mirasWindow)).typed, { ...patient, intervals: [50] })
    .toBeGreaterThan(300)
  const before = await progressOf(mirasWindow)
  await mira.kill()

  // Noor goes on although the host is away.
  await noorsWindow.locator(".cm-content").press("Control+End")
  await noorsWindow.keyboard.type("The host was away.")
  await expect(noorsWindow.locator(".safety-light")).toHaveText(/^Saved here\. .*for the host$/)

  mira = await desk.launch(["notes"], "mira")
  mirasWindow = await mira.firstWindow()
  await expect
    .poll(async () => (await textOf(mirasWindow)).endsWith("The host was away."), patient)
    .toBe(true)
  const text = await textOf(mirasWindow)
  const resumed = statesOf(miras).lastIndexOf(text.slice(0, text.indexOf(noorsMark)))
  expect(resumed).toBeGreaterThanOrEqual(shownAsSaved(before.samples, /^Saved here/))
  await expect.poll(() => textOf(noorsWindow), patient).toBe(text)
  await expect.poll(() => readFile(file, "utf8"), patient).toBe(text)
  await expect(noorsWindow.locator(".safety-light")).toHaveText("Saved here and at the host")
})

async function joined(desk: Desk, link: string): Promise<Page> {
  const page = await joinAs(desk, { name: "Noor", link, title: "Tides" })
  await hasText(page, noorsMark)
  return page
}

async function hasText(page: Page, part: string): Promise<void> {
  await page.locator(".cm-content").waitFor()
  await expect.poll(async () => (await textOf(page)).includes(part), patient).toBe(true)
}

async function placeCaret(page: Page): Promise<void> {
  await page.locator(".cm-content").click()
}

async function seesCarets(page: Page, names: readonly string[]): Promise<void> {
  for (const name of names) await expect(page.locator(".peer-caret", { hasText: name })).toHaveCount(1)
}

async function isDone(page: Page, count: number): Promise<void> {
  await expect.poll(async () => (await progressOf(page)).typed, patient).toBe(count)
}

function partOf(text: string, from: string, to: string): string {
  return text.slice(text.indexOf(from) + from.length, text.indexOf(to))
}

/** As root Chromium refuses its sandbox; `npm test` runs this suite as an ordinary user. */
function launchOptions() {
  const { launchOptions: options } = test.info().project.use
  return options ?? {}
}
