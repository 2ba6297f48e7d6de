import { setTimeout as delay } from "node:timers/promises"
import type { RunningApp } from "./running-app.ts"

/** A page with an editor in an app that runs. */
export interface EditorPage {
  app: RunningApp
  session: string
}

const letters = "abcdefghijklmnoprstuvwxyz"
const content = "document.querySelector('.cm-content')"
/** Between two keys, in milliseconds, at random: nobody types to the beat of a screen. */
const pauses = { least: 60, most: 140 }

/** Keeps when keys were pressed in this page, by the clock that all pages of a machine have in common. */
const watchKeys = `
  globalThis.pressed = [];
  document.addEventListener("keydown", () => pressed.push(performance.timeOrigin + performance.now()), true)`

/** Keeps when the text of this page was painted after a change: in the first task after the frame that shows it. */
const watchPaints = `
  globalThis.painted = [];
  new MutationObserver(() => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => painted.push({ at: performance.timeOrigin + performance.now(), length: ${content}.textContent.length });
    port2.postMessage(null);
  })).observe(${content}, { childList: true, characterData: true, subtree: true })`

/** Resolves in the page with the time at which so long a text was painted. */
const paintOf = (length: number): string => `new Promise((resolve) => {
  const look = () => {
    const paint = painted.find((one) => one.length >= ${length});
    if (paint === undefined) setTimeout(look, 1); else resolve(paint.at);
  };
  look();
})`

/** Types one key after the other in one page. Answers for each how many milliseconds later the other page showed it. */
export async function typeAcross(writer: EditorPage, reader: EditorPage, count: number): Promise<number[]> {
  for (const { app, session } of [writer, reader]) {
    await app.untilTrue(session, `${content} !== null && ${content}.getAttribute("aria-readonly") !== "true"`)
  }
  await writer.app.tools.evaluate(writer.session, watchKeys)
  await reader.app.tools.evaluate(reader.session, watchPaints)
  await writer.app.tools.evaluate(writer.session, `${content}.focus()`)
  const before = Number(await reader.app.tools.evaluate(reader.session, `${content}.textContent.length`))
  const latencies: number[] = []
  for (let key = 0; key < count; key += 1) {
    await writer.app.tools.press(writer.session, letters.charAt(key % letters.length))
    const painted = Number(await reader.app.tools.resolve(reader.session, paintOf(before + key + 1)))
    const pressed = Number(await writer.app.tools.evaluate(writer.session, `pressed[${key}]`))
    latencies.push(painted - pressed)
    await delay(pauses.least + Math.random() * (pauses.most - pauses.least))
  }
  return latencies
}
