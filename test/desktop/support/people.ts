import type { Page } from "@playwright/test"
import type { Desk } from "./app.ts"

/** Gives the name that a first start asks for. */
export async function named(page: Page, name: string): Promise<Page> {
  await page.getByLabel("Your name").fill(name)
  await page.getByRole("button", { name: "Begin" }).click()
  return page
}

/** Shares the document in front; the answer is its link. */
export async function share(page: Page): Promise<string> {
  // Until it is open there is only the folder to be shared.
  await page.locator(".tab-panel:not([inert]) .cm-content").waitFor()
  return shared(page, "This file")
}

/** Shares the folder of the window; the answer is its link. */
export async function shareFolder(page: Page): Promise<string> {
  return shared(page, "Whole folder")
}

async function shared(page: Page, what: "This file" | "Whole folder"): Promise<string> {
  await page.getByRole("button", { name: "Share" }).click()
  const choice = page.getByRole("radio", { name: what })
  // A window that shows a single file has nothing to choose from.
  await page.getByRole("button", { name: "Make a link" }).waitFor()
  if ((await choice.count()) > 0) await choice.click()
  await page.getByRole("button", { name: "Make a link" }).click()
  const link = await page.getByLabel("The link", { exact: true }).inputValue()
  await page.keyboard.press("Escape")
  return link
}

/** Starts an app for somebody new, who joins by the link; the answer is the window of the document. */
export async function joinAs(
  desk: Desk,
  { name, link, title }: { name: string; link: string; title: string },
): Promise<Page> {
  const app = await desk.launch([], name.toLowerCase())
  const start = await named(await app.firstWindow(), name)
  await start.getByLabel("Join by link").fill(link)
  await start.getByRole("button", { name: "Join", exact: true }).click()
  return app.window(`${title} – Manyhands`)
}
