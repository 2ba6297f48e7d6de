// `npm start [-- FILE_OR_FOLDER...]`: sets up whatever is missing and opens the desktop app.
import { resolve } from "node:path"
import { buildStale } from "./lib/build-part.mjs"
import { checkout } from "./lib/checkout.mjs"
import { hasDisplay } from "./lib/display.mjs"
import { electronBinary } from "./lib/electron.mjs"
import { parts } from "./lib/parts.mjs"
import { runAlone } from "./lib/run-alone.mjs"
import { exitWith, SentenceError } from "./lib/sentence-error.mjs"
import { setUp } from "./lib/set-up.mjs"

const noDisplay =
  "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so the app cannot open a window. " +
  "`npm run serve` runs the sync server, whose editor any browser can open."

await exitWith(async () => {
  if (!hasDisplay()) throw new SentenceError(noDisplay)
  await setUp("desktop")
  await buildStale(Object.keys(parts))
  return runAlone(electronBinary(), [checkout, ...switches(), ...process.argv.slice(2).map(absolute)])
})

/** Chromium refuses to start as root with its sandbox on. */
function switches() {
  return process.platform === "linux" && process.getuid() === 0 ? ["--no-sandbox"] : []
}

/** npm runs us in the checkout; a relative path means the folder in which the person typed it. */
function absolute(argument) {
  const isSwitch = argument.startsWith("-")
  const isLink = /^[a-z][a-z+.-]+:\/\//i.test(argument)
  return isSwitch || isLink ? argument : resolve(process.env.INIT_CWD ?? process.cwd(), argument)
}
