/** Replays a real editing history into an editor on a page, at speed, and keeps note of what its light said meanwhile. */
import type { Page } from "@playwright/test"
import * as Y from "yjs"
import { applyPatch, type Patch } from "../../fixtures/traces.ts"

/** The typist's part of the document: from behind the marker (null: from the start) up to whatever follows. */
export interface Part {
  after: string | null
}

/** What was on the screen at one moment. */
interface Sample {
  /** Milliseconds since 1970. */
  time: number
  /** Edits made so far. */
  typed: number
  light: string
}

export interface Progress {
  typed: number
  samples: Sample[]
}

/** Begins to type `edits` from the edit `from` on; the page goes on by itself. */
export async function startTyping(
  page: Page,
  options: { edits: readonly (readonly Patch[])[]; from: number; part: Part; perTick: number },
): Promise<void> {
  await page.evaluate(({ edits, from, part, perTick }) => {
    interface View {
      state: { doc: { toString(): string } }
      dispatch(...specs: unknown[]): void
    }
    const isView = (value: unknown): value is View =>
      typeof value === "object" && value !== null && "state" in value && "dispatch" in value
    // CodeMirror keeps its view at the root of the tile that belongs to the content element.
    const content = document.querySelector(".cm-content")
    if (content === null) throw new Error("There is no editor on this page")
    const tile: unknown = Reflect.get(content, "cmTile")
    const root: unknown = typeof tile === "object" && tile !== null ? Reflect.get(tile, "root") : null
    const found: unknown = typeof root === "object" && root !== null ? Reflect.get(root, "view") : null
    if (!isView(found)) throw new Error("The editor keeps its view somewhere else now")
    const view: View = found
    const progress: { typed: number; samples: { time: number; typed: number; light: string }[] } = {
      typed: from,
      samples: [],
    }
    Reflect.set(window, "typing", progress)
    const type = () => {
      for (let count = 0; count < perTick; count += 1) {
        const edit = edits[progress.typed]
        if (edit === undefined) return clearInterval(timer)
        const start =
          part.after === null ? 0 : view.state.doc.toString().indexOf(part.after) + part.after.length
        // All of an edit at once: a kill leaves it whole or not at all.
        const patches = edit.map(({ position, deleted, inserted }) => ({
          changes: { from: start + position, to: start + position + deleted, insert: inserted },
          selection: { anchor: start + position + inserted.length },
          sequential: true,
          userEvent: "input.type",
        }))
        view.dispatch(...patches)
        progress.typed += 1
      }
      const light = document.querySelector(".safety-light")?.textContent ?? ""
      progress.samples.push({ time: Date.now(), typed: progress.typed, light })
    }
    const timer = setInterval(type, 16)
  }, options)
}

export function progressOf(page: Page): Promise<Progress> {
  return page.evaluate(() => Reflect.get(window, "typing"))
}

/** The whole text of the editor in front. */
export async function textOf(page: Page): Promise<string> {
  await page.locator(".cm-content").waitFor()
  return page.evaluate(() => {
    const content = document.querySelector(".cm-content")
    const tile: unknown = content === null ? null : Reflect.get(content, "cmTile")
    const root: unknown = typeof tile === "object" && tile !== null ? Reflect.get(tile, "root") : null
    const view: unknown = typeof root === "object" && root !== null ? Reflect.get(root, "view") : null
    const state: unknown = typeof view === "object" && view !== null ? Reflect.get(view, "state") : null
    const doc: unknown = typeof state === "object" && state !== null ? Reflect.get(state, "doc") : null
    if (doc === null || typeof doc !== "object") throw new Error("There is no editor on this page")
    return String(doc)
  })
}

/** The text after each number of edits: `states[n]` is what n edits make. */
export function statesOf(edits: readonly (readonly Patch[])[]): string[] {
  const text = new Y.Doc().getText("states")
  const states = [""]
  for (const edit of edits) {
    for (const patch of edit) applyPatch(text, patch)
    states.push(text.toString())
  }
  return states
}

/** How long a light may go on saying what it said before something new is shown, in milliseconds: 400, and a frame. */
const lightDelay = 450

/** The last edit of which the screen said that it was safe: typed so long before, and no other word since. */
export function shownAsSaved(samples: readonly Sample[], saved: RegExp): number {
  let shown = 0
  for (const [index, sample] of samples.entries()) {
    const until = sample.time + lightDelay
    const following = samples.slice(index).filter(({ time }) => time <= until)
    const isLongEnough = samples.slice(index).some(({ time }) => time >= until)
    if (isLongEnough && following.every(({ light }) => saved.test(light))) shown = sample.typed
  }
  return shown
}
