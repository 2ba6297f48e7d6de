import { findProgram, isExecutable } from "./find-program.mjs"

/** Names on the PATH under which a Chromium, or a Chrome, goes. */
export const chromiumNames = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]

// macOS and Windows do not put it on the PATH.
const usualPlaces = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
]

/** @returns {string | null} the Chromium for the tests, or null: then only Playwright's own download will do */
export function findChromium() {
  for (const name of chromiumNames) {
    const path = findProgram(name)
    if (path !== null) return path
  }
  return usualPlaces.find(isExecutable) ?? null
}
