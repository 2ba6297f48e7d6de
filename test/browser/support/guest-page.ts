import AxeBuilder from "@axe-core/playwright"
import { type Browser, type BrowserContextOptions, expect, type Page } from "@playwright/test"

/** A page of its own, as another person's browser would be. Closes with `page.context().close()`. */
export async function personPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options)
  return context.newPage()
}

/** Opens an invite link, gives a name, and waits until the text can be written. */
export async function join(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link)
  await page.getByLabel("Your name").fill(name)
  await page.keyboard.press("Enter")
  await expect(text(page)).toBeVisible()
}

/** The text of the document. */
export function text(page: Page) {
  return page.locator(".cm-content")
}

/** The line of the text that says exactly this. */
export function line(page: Page, words: string) {
  return text(page).getByText(words, { exact: true })
}

/** The words of the safety light. */
export function light(page: Page) {
  return page.locator(".safety-light")
}

/** Types at the end of the text. */
export async function type(page: Page, words: string): Promise<void> {
  await text(page).press("Control+End")
  await page.keyboard.type(words)
}

/** No fault that axe can find against WCAG 2.2 AA. */
export async function expectAccessible(page: Page): Promise<void> {
  // What fades in is measured when it stands; a blinking caret never does.
  await page.evaluate(() => {
    const passing = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
    return Promise.all(passing.map((animation) => animation.finished))
  })
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    // A dialog is no landmark, and stands outside of them.
    .disableRules(["region"])
    .analyze()
  expect(violations.map(({ id, nodes }) => ({ id, where: nodes.map((node) => node.html) }))).toEqual([])
}
