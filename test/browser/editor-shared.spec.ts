import { expect, type Page, test } from "@playwright/test"
import type {} from "./harness/harness.ts"
import { type HarnessServer, serveHarness } from "./harness/serve.ts"

let server: HarnessServer

test.beforeAll(async () => {
  server = await serveHarness()
})

test.afterAll(async () => {
  await server.close()
})

async function open(page: Page, text: string): Promise<void> {
  await page.goto(server.url)
  await page.waitForFunction(() => "harness" in window)
  await page.evaluate((initial) => {
    window.harness.hub.doc.getText("codemirror").insert(0, initial)
  }, text)
}

async function join(page: Page, name: string, peer: number, options: { editor: boolean }): Promise<void> {
  await page.evaluate((person) => window.harness.join(person), { name, peer, editor: options.editor })
}

const textOf = (page: Page, name: string) => page.getByRole("textbox", { name: `Text of ${name}` })

async function expectSame(page: Page, index: number, expected: string): Promise<void> {
  await expect
    .poll(() => page.evaluate((i) => window.harness.texts(i), index))
    .toEqual({ shown: expected, shared: expected })
}

test("what one person types, the other sees, and each takes back only their own", async ({ page }) => {
  await open(page, "# Tides\n\nTwice a day.\n")
  await join(page, "Mira", 1, { editor: true })
  await join(page, "Noor", 3, { editor: true })
  await textOf(page, "Mira").click()
  await page.keyboard.press("Control+End")
  await page.keyboard.type("From Mira.")
  await expectSame(page, 1, "# Tides\n\nTwice a day.\nFrom Mira.")
  await textOf(page, "Noor").click()
  await page.keyboard.press("Control+Home")
  await page.keyboard.type("Noor ")
  await expectSame(page, 0, "Noor # Tides\n\nTwice a day.\nFrom Mira.")
  await textOf(page, "Mira").focus()
  await page.keyboard.press("Control+z")
  await expectSame(page, 0, "Noor # Tides\n\nTwice a day.\n")
  await expectSame(page, 1, "Noor # Tides\n\nTwice a day.\n")
  await page.keyboard.press("Control+Shift+Z")
  await expectSame(page, 1, "Noor # Tides\n\nTwice a day.\nFrom Mira.")
})

test("pasted Windows line ends become plain ones, and nothing drifts apart", async ({ page }) => {
  await open(page, "start\n")
  await join(page, "Mira", 1, { editor: true })
  await join(page, "Noor", 3, { editor: true })
  await textOf(page, "Mira").focus()
  await page.keyboard.press("Control+End")
  await textOf(page, "Mira").evaluate((element) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData("text/plain", "one\r\ntwo\rthree")
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }))
  })
  await page.keyboard.type("!")
  await expectSame(page, 0, "start\none\ntwo\nthree!")
  await expectSame(page, 1, "start\none\ntwo\nthree!")
  // What another editor put in stays as it is, one character for one.
  await page.evaluate(() => window.harness.write(0, 0, "a\r\nb\n"))
  await textOf(page, "Noor").focus()
  await page.keyboard.press("Control+End")
  await page.keyboard.type("?")
  await expectSame(page, 0, "a\r\nb\nstart\none\ntwo\nthree!?")
  await expectSame(page, 1, "a\r\nb\nstart\none\ntwo\nthree!?")
})

test("an emoji that differs from the one before in its second half only stays whole", async ({ page }) => {
  await open(page, "face \u{1F600} end")
  await join(page, "Mira", 1, { editor: true })
  await join(page, "Noor", 3, { editor: true })
  await page.evaluate(() => {
    window.harness.editor(0).view.dispatch({ changes: { from: 6, to: 7, insert: "\uDE01" } })
  })
  await expectSame(page, 0, "face \u{1F601} end")
  await expectSame(page, 1, "face \u{1F601} end")
})

test("a character that somebody tears apart looks the same to both", async ({ page }) => {
  await open(page, "face \u{1F600} end")
  await join(page, "Mira", 1, { editor: true })
  await join(page, "Noor", 3, { editor: true })
  await page.evaluate(() => window.harness.write(1, 6, "x"))
  await expectSame(page, 0, "face \uFFFDx\uFFFD end")
  await expectSame(page, 1, "face \uFFFDx\uFFFD end")
})

test("what others write waits for the end of a composition, and lands in the right places", async ({
  page,
}) => {
  await open(page, "alpha beta\nsecond line\n")
  await join(page, "Mira", 1, { editor: true })
  await join(page, "Noor", 3, { editor: true })
  await textOf(page, "Mira").focus()
  await page.evaluate(() => window.harness.editor(0).goTo(5))
  const input = await page.context().newCDPSession(page)
  await input.send("Input.imeSetComposition", { text: "に", selectionStart: 1, selectionEnd: 1 })
  await expect.poll(() => page.evaluate(() => window.harness.editor(0).view.composing)).toBe(true)
  await page.evaluate(() => {
    window.harness.write(1, 0, "Noor: ")
    window.harness.write(1, "Noor: alphaに".length, " and")
    window.harness.write(1, 0, "", { erase: 2 })
  })
  await input.send("Input.imeSetComposition", { text: "にほ", selectionStart: 2, selectionEnd: 2 })
  await input.send("Input.imeSetComposition", { text: "にほん", selectionStart: 3, selectionEnd: 3 })
  // Still one composition: it was not broken off, and the editor shows none of the others' words yet.
  expect(await page.evaluate(() => window.harness.editor(0).view.composing)).toBe(true)
  expect(await page.evaluate(() => window.harness.texts(0).shown)).toBe("alphaにほん beta\nsecond line\n")
  const both = "or: alphaにほん and beta\nsecond line\n"
  await expect.poll(() => page.evaluate(() => window.harness.texts(1).shown)).toBe(both)
  await input.send("Input.insertText", { text: "日本" })
  const after = "or: alpha日本 and beta\nsecond line\n"
  await expectSame(page, 0, after)
  await expectSame(page, 1, after)
})

test("a character typed before the text has arrived, or without the right to write, changes nothing", async ({
  page,
}) => {
  await open(page, "words\n")
  await join(page, "Mira", 1, { editor: true })
  await page.evaluate(() => window.harness.member(0).session.change({ readOnly: true }))
  await textOf(page, "Mira").focus()
  await page.keyboard.press("Control+End")
  await page.keyboard.type("lost")
  await expect(textOf(page, "Mira")).toHaveAttribute("aria-readonly", "true")
  await expectSame(page, 0, "words\n")
  await page.evaluate(() => window.harness.member(0).session.change({ readOnly: false }))
  await page.keyboard.type("kept")
  await expectSame(page, 0, "words\nkept")
})

test("the line that is read stays where it is while somebody writes above it", async ({ page }) => {
  const lines = Array.from({ length: 400 }, (_, index) => `Line ${index + 1} of the text`).join("\n\n")
  await open(page, lines)
  await join(page, "Mira", 1, { editor: true })
  await join(page, "Noor", 3, { editor: false })
  await page.evaluate(() => {
    const { view } = window.harness.editor(0)
    window.harness.editor(0).show(view.state.doc.toString().indexOf("Line 200 of"))
  })
  const line = page.locator(".cm-line", { hasText: "Line 200 of the text" })
  await expect(line).toBeInViewport()
  const top = async () => (await line.boundingBox())?.y ?? Number.NaN
  await expect.poll(async () => Math.abs((await top()) - (await top()))).toBe(0)
  const before = await top()
  await page.evaluate(() => {
    for (let index = 0; index < 20; index += 1) {
      window.harness.write(1, 0, `# A heading\n\n${"more words ".repeat(40)}\n`)
    }
    const { text } = window.harness.member(1).session
    window.harness.write(1, text.toString().indexOf("Line 190 of"), `${"nearer by ".repeat(60)}\n`)
  })
  await expect
    .poll(() => page.evaluate(() => window.harness.texts(0)))
    .toEqual(
      await page.evaluate(() => window.harness.texts(0)).then(({ shared }) => ({ shown: shared, shared })),
    )
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  expect(Math.abs((await top()) - before)).toBeLessThan(2)
})

test("Tab moves a list item in, and Esc then Tab leaves the text", async ({ page }) => {
  await open(page, "- one\n- two\n")
  await join(page, "Mira", 1, { editor: true })
  await page.evaluate(() => {
    const after = document.createElement("button")
    after.textContent = "After"
    document.body.append(after)
  })
  await textOf(page, "Mira").focus()
  await page.evaluate(() => window.harness.editor(0).goTo("- one\n- t".length))
  await page.keyboard.press("Tab")
  await expectSame(page, 0, "- one\n  - two\n")
  await page.keyboard.press("Shift+Tab")
  await expectSame(page, 0, "- one\n- two\n")
  await page.keyboard.press("Escape")
  await page.keyboard.press("Tab")
  await expect(page.getByRole("button", { name: "After" })).toBeFocused()
  await expectSame(page, 0, "- one\n- two\n")
})

test("the frame is told the line of the caret and the number of words", async ({ page }) => {
  await open(page, "# Two words\n\nthree more words")
  await join(page, "Mira", 1, { editor: true })
  await expect.poll(() => page.evaluate(() => window.harness.member(0).words)).toBe(5)
  await textOf(page, "Mira").focus()
  await page.keyboard.press("Control+End")
  await page.keyboard.type(" and two")
  await expect.poll(() => page.evaluate(() => window.harness.member(0).words)).toBe(7)
  expect(await page.evaluate(() => window.harness.member(0).caret)).toEqual({
    line: 3,
    position: 37,
    selected: 0,
  })
})
