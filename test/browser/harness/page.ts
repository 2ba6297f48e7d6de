import { expect, type Page } from "@playwright/test"
import type {} from "./harness.ts"
import type { HarnessServer } from "./serve.ts"

/** Opens the page of editors on a document with this text. */
export async function open(page: Page, server: HarnessServer, text: string): Promise<void> {
  await page.goto(server.url)
  await page.waitForFunction(() => "harness" in window)
  await page.evaluate((initial) => {
    window.harness.hub.doc.getText("codemirror").insert(0, initial)
  }, text)
}

export interface Joining {
  name: string
  /** 1 to 12: the place in the palette. */
  peer: number
  /** Whether the member has an editor on the page, or only a document. */
  editor: boolean
}

/** The members of the document are numbered from 0 in the order in which they join. */
export async function join(page: Page, ...people: Joining[]): Promise<void> {
  await page.evaluate((all) => {
    for (const person of all) window.harness.join(person)
  }, people)
}

export function textOf(page: Page, name: string) {
  return page.getByRole("textbox", { name: `Text of ${name}` })
}

/** The member's editor and document both say exactly this, sooner or later. */
export async function expectSame(page: Page, member: number, expected: string): Promise<void> {
  await expect
    .poll(() => page.evaluate((index) => window.harness.texts(index), member))
    .toEqual({ shown: expected, shared: expected })
}
