import { expect, type Page, test } from "@playwright/test"
import { expectSame, join, open, textOf } from "./harness/page.ts"
import { type HarnessServer, serveHarness } from "./harness/serve.ts"

let server: HarnessServer

test.beforeAll(async () => {
  server = await serveHarness()
})

test.afterAll(async () => {
  await server.close()
})

const caret = (page: Page, name: string) => page.locator(".peer-caret", { hasText: name })
const label = (page: Page, name: string) => caret(page, name).locator("span")

/** Where the editor draws a position, in the window's coordinates. */
const coordinates = (page: Page, position: number) =>
  page.evaluate((at) => {
    const place = window.harness.editor(0).view.coordsAtPos(at)
    if (place === null) throw new Error("The position is not on the screen")
    return { left: place.left, top: place.top, bottom: place.bottom }
  }, position)

const mira = { name: "Mira", peer: 1, editor: true }
const noor = { name: "Noor", peer: 3, editor: false }

test("a caret stands at its position, shows its name after a move, then on hover only", async ({ page }) => {
  await page.clock.install()
  await open(page, server, "# Tides\n\nTwice a day the river runs backwards.\n")
  await join(page, mira, noor)
  await page.evaluate(() => window.harness.select(1, 20, 20))
  await page.clock.runFor(100)
  await expect(label(page, "Noor")).toBeVisible()
  const place = await coordinates(page, 20)
  const box = await caret(page, "Noor").boundingBox()
  expect(Math.abs((box?.x ?? 0) + 1 - place.left)).toBeLessThan(1.5)
  expect(Math.abs((box?.y ?? 0) - place.top)).toBeLessThan(1.5)
  expect(box?.width).toBe(2)
  await page.clock.runFor(2500)
  await expect(label(page, "Noor")).toBeHidden()
  await page.mouse.move(place.left + 3, (place.top + place.bottom) / 2)
  await page.clock.runFor(50)
  await expect(label(page, "Noor")).toBeVisible()
  await page.mouse.move(place.left + 80, (place.top + place.bottom) / 2)
  await page.clock.runFor(50)
  await expect(label(page, "Noor")).toBeHidden()
  // What somebody else writes carries the caret along; it is not a move of Noor's.
  await page.evaluate(() => window.harness.write(0, 0, "More "))
  await page.clock.runFor(500)
  await expect(label(page, "Noor")).toBeHidden()
  await page.evaluate(() => window.harness.select(1, 12, 12))
  await page.clock.runFor(100)
  await expect(label(page, "Noor")).toBeVisible()
})

test("a new name and colour are drawn without a move", async ({ page }) => {
  await open(page, server, "Twice a day\n")
  await join(page, mira, noor)
  await page.evaluate(() => window.harness.select(1, 5, 5))
  await expect(caret(page, "Noor")).toHaveClass(/peer-3/)
  await page.evaluate(() => {
    const { awareness } = window.harness.member(1).session
    const user = { name: "Nour", color: "#cc4a31", colorLight: "#cc4a3133", peer: 2, id: "Noor" }
    awareness.setLocalStateField("user", user)
  })
  await expect(caret(page, "Nour")).toHaveClass(/peer-2/)
  await page.evaluate(() => window.harness.member(1).session.awareness.setLocalState(null))
  await expect(page.locator(".peer-caret")).toHaveCount(0)
})

test("a name never stands over the reader's own caret", async ({ page }) => {
  await open(page, server, "first line of some length\nsecond line of some length\n")
  await join(page, mira, noor)
  await textOf(page, "Mira").focus()
  await page.evaluate(() => window.harness.editor(0).goTo(5))
  for (const position of [31, 32, 30, 29, 5, 25]) {
    await page.evaluate((at) => window.harness.select(1, at, at), position)
    await expect(caret(page, "Noor")).toHaveCount(1)
    const own = await coordinates(page, 5)
    await expect
      .poll(async () => {
        if (!(await label(page, "Noor").isVisible())) return "clear"
        const box = await label(page, "Noor").boundingBox()
        if (box === null) return "clear"
        const beside = box.x > own.left + 1 || box.x + box.width < own.left - 1
        return beside || box.y > own.bottom || box.y + box.height < own.top ? "clear" : "covered"
      })
      .toBe("clear")
  }
})

test("somebody who selects 20,000 lines costs two washes, and 20 people are all drawn", async ({ page }) => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `Line ${index + 1}`).join("\n")
  await open(page, server, lines)
  const crowd = Array.from({ length: 20 }, (_, index) => ({
    name: `Person ${index + 1}`,
    peer: (index % 12) + 1,
    editor: false,
  }))
  await join(page, mira, ...crowd)
  const length = lines.length
  await page.evaluate((all) => {
    for (let index = 1; index <= 20; index += 1) {
      if (index === 1) window.harness.select(index, all, 0)
      else window.harness.select(index, index * 7, index * 7 + 3)
    }
  }, length)
  await expect(page.locator(".peer-caret:not([hidden])")).toHaveCount(20)
  // The selection of everything is drawn at its ends, of which one is on the screen.
  await expect(page.locator(".peer-sel.peer-1")).toHaveCount(2)
  const washes = await page.locator(".peer-sel").count()
  expect(washes).toBeLessThan(60)
  // Typing still comes through at once, and everybody's caret follows.
  await textOf(page, "Mira").focus()
  await page.evaluate(() => window.harness.editor(0).goTo(0))
  await page.keyboard.type("fast ")
  await expect.poll(() => page.evaluate(() => window.harness.texts(0).shared.slice(0, 10))).toBe("fast Line ")
  const place = await coordinates(page, 5 + 20 * 7 + 3)
  const box = await caret(page, "Person 20").boundingBox()
  expect(Math.abs((box?.y ?? 0) - place.top)).toBeLessThan(1.5)
})

test("each sees the other's selection in the form of y-codemirror", async ({ page }) => {
  await open(page, server, "Twice a day the river runs backwards.\n")
  await join(page, mira, { name: "Noor", peer: 3, editor: true })
  await textOf(page, "Mira").focus()
  await page.keyboard.press("Control+Home")
  for (let step = 0; step < 5; step += 1) await page.keyboard.press("Shift+ArrowRight")
  const cursor = await page.evaluate(
    () => window.harness.member(0).session.awareness.getLocalState()?.["cursor"],
  )
  expect(cursor).toMatchObject({ anchor: { item: { clock: 0 } }, head: { item: { clock: 5 } } })
  const other = page.locator("section").nth(1)
  await expect(other.locator(".peer-sel.peer-1")).toHaveCount(1)
  await expect(other.locator(".peer-caret.peer-1")).toHaveCount(1)
  expect(
    await page.evaluate(() => {
      const { session } = window.harness.member(1)
      return session.caretOf(window.harness.member(0).session.doc.clientID)
    }),
  ).toEqual({ position: 5, line: 1 })
})

test("writes and points together with the public y-codemirror editor", async ({ page }) => {
  await open(page, server, "Twice a day the river runs backwards.\n")
  await join(page, mira)
  await page.evaluate(() => window.harness.joinForeign({ name: "Noor", peer: 3 }))
  const foreign = page.locator(".foreign .cm-content")

  await textOf(page, "Mira").focus()
  await page.keyboard.press("Control+Home")
  await page.keyboard.type("Here: ")
  await expect(foreign).toContainText("Here: ")
  for (let step = 0; step < 5; step += 1) await page.keyboard.press("Shift+ArrowRight")
  await expect(page.locator(".foreign .cm-ySelectionInfo")).toHaveText("Mira")
  await expect(page.locator(".foreign .cm-ySelection")).toHaveText("Twice")

  await foreign.focus()
  await page.keyboard.press("Control+End")
  await page.keyboard.type("So they say.")
  await expectSame(page, 0, "Here: Twice a day the river runs backwards.\nSo they say.")
  await expect(caret(page, "Noor")).toHaveCount(1)
})
