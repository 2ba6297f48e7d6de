import { expect, test } from "@playwright/test"
import { expectSame, join, open, textOf } from "./harness/page.ts"
import { type HarnessServer, serveHarness } from "./harness/serve.ts"

let server: HarnessServer

test.beforeAll(async () => {
  server = await serveHarness()
})

test.afterAll(async () => {
  await server.close()
})

test("what one person types, the other sees, and each takes back only their own", async ({ page }) => {
  await open(page, server, "# Tides\n\nTwice a day.\n")
  await join(page, { name: "Mira", peer: 1, editor: true })
  await join(page, { name: "Noor", peer: 3, editor: true })
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
  await open(page, server, "start\n")
  await join(page, { name: "Mira", peer: 1, editor: true })
  await join(page, { name: "Noor", peer: 3, editor: true })
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
  await open(page, server, "face \u{1F600} end")
  await join(page, { name: "Mira", peer: 1, editor: true })
  await join(page, { name: "Noor", peer: 3, editor: true })
  await page.evaluate(() => {
    window.harness.editor(0).view.dispatch({ changes: { from: 6, to: 7, insert: "\uDE01" } })
  })
  await expectSame(page, 0, "face \u{1F601} end")
  await expectSame(page, 1, "face \u{1F601} end")
})

test("a character that somebody tears apart looks the same to both", async ({ page }) => {
  await open(page, server, "face \u{1F600} end")
  await join(page, { name: "Mira", peer: 1, editor: true })
  await join(page, { name: "Noor", peer: 3, editor: true })
  await page.evaluate(() => window.harness.write(1, 6, "x"))
  await expectSame(page, 0, "face \uFFFDx\uFFFD end")
  await expectSame(page, 1, "face \uFFFDx\uFFFD end")
})

test("what others write waits for the end of a composition, and lands in the right places", async ({
  page,
}) => {
  await open(page, server, "alpha beta\nsecond line\n")
  await join(page, { name: "Mira", peer: 1, editor: true })
  await join(page, { name: "Noor", peer: 3, editor: true })
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
  await open(page, server, "words\n")
  await join(page, { name: "Mira", peer: 1, editor: true })
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
  await open(page, server, lines)
  await join(page, { name: "Mira", peer: 1, editor: true })
  await join(page, { name: "Noor", peer: 3, editor: false })
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
  await open(page, server, "- one\n- two\n")
  await join(page, { name: "Mira", peer: 1, editor: true })
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
  await open(page, server, "# Two words\n\nthree more words")
  await join(page, { name: "Mira", peer: 1, editor: true })
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

test("whatever both write during compositions, both end with the same text", async ({ page }) => {
  test.setTimeout(180_000)
  const seed = Date.now() % 2 ** 31
  test.info().annotations.push({ type: "seed", description: String(seed) })
  await open(page, server, "one two three\nfour five six\nseven \u{1F600} eight\n")
  await join(page, { name: "Mira", peer: 1, editor: true }, { name: "Noor", peer: 3, editor: true })
  const input = await page.context().newCDPSession(page)
  let state = seed
  const random = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return Math.floor((state / 0x80000000) * limit)
  }
  for (let round = 0; round < 25; round += 1) {
    await textOf(page, "Mira").focus()
    const length = (await page.evaluate(() => window.harness.texts(0).shown)).length
    await page.evaluate((at) => window.harness.editor(0).goTo(at), random(length + 1))
    for (let step = 1; step <= 3; step += 1) {
      await input.send("Input.imeSetComposition", {
        text: "か".repeat(step),
        selectionStart: step,
        selectionEnd: step,
      })
      await page.evaluate(
        ([where, erase, text]) => {
          const { session } = window.harness.member(1)
          const at = Math.floor(where * (session.text.length + 1))
          window.harness.write(1, at, text, { erase: Math.min(erase, session.text.length - at) })
        },
        [random(1000) / 1000, random(4), ["", "x", "line\n", "\u{1F601}"][random(4)] ?? ""] as const,
      )
    }
    if (random(2) === 0) await input.send("Input.insertText", { text: "火" })
    else await input.send("Input.imeSetComposition", { text: "", selectionStart: 0, selectionEnd: 0 })
    await page.evaluate(() => window.harness.editor(0).view.contentDOM.blur())
    await expect
      .poll(
        () =>
          page.evaluate(() => {
            const texts = [window.harness.texts(0), window.harness.texts(1)]
            return new Set(texts.flatMap(({ shown, shared }) => [shown, shared])).size
          }),
        { message: `round ${round} of seed ${seed}` },
      )
      .toBe(1)
  }
})
