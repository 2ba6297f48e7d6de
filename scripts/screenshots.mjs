// `npm run screenshots`: takes the pictures in docs/images from the running app: two apps and a browser guest in one file.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { buildStale } from "./lib/build-part.mjs"
import { inCheckout } from "./lib/checkout.mjs"
import { findChromium } from "./lib/chromium.mjs"
import { hasDisplay, withVirtualDisplay } from "./lib/display.mjs"
import { exitWith } from "./lib/sentence-error.mjs"
import { setUp } from "./lib/set-up.mjs"

const images = inCheckout("docs/images")
const isRoot = process.getuid?.() === 0
const size = { width: 1280, height: 800 }

const files = {
  "Read me first.md": "# Read me first\n\nA guide to the estuary, by the people who live on it.\n",
  "Chapters/1 The estuary.md": "# The estuary\n\nWhere the river ends and does not.\n",
  "Chapters/2 Tides.md": `# Tides

Twice a day the river runs backwards. Nobody in Saltby needs a clock to know it: the boats turn on their moorings, the smell of the mud goes away, and the bench by the slip fills up with people who have come to watch the water arrive.

## How high, and when

The sea here rises and falls by **about four metres** at springs and barely two at neaps. Each high water comes *fifty minutes later* than the one a day before, because the moon has moved on in the meantime.

- Spring tides follow the new and the full moon by a day or two.
- Neap tides follow the quarters.
- A strong northerly adds up to half a metre; see [the flood of 1953](../Notes/Flood%20of%201953.md).

> My grandfather set his watch by the curlews, and was never late.

## What the mud remembers

Walk out at low water and look down. Every ripple was made by the last ebb and will be gone by the next.
`,
  "Chapters/3 The birds.md": "# The birds\n\nCurlew, redshank, and the one heron.\n",
  "Notes/Flood of 1953.md": "# The flood of 1953\n\nThe sea came over the wall at ten.\n",
  "Notes/Walk, 12 May.txt": "Wind south-west, two geese.\n",
}

await exitWith(async () => {
  await setUp("test")
  await buildStale(["server", "main", "renderer", "web"])
  if (hasDisplay()) return takeAll()
  return withVirtualDisplay([], (display) => {
    process.env.DISPLAY = display
    return takeAll()
  })
})

async function takeAll() {
  const playwright = await import("@playwright/test")
  const root = await mkdtemp(join(tmpdir(), "manyhands-screenshots-"))
  const folder = join(root, "Estuary guide")
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  await mkdir(images, { recursive: true })
  const closing = []
  try {
    const launch = async (profile, args) => {
      const app = await playwright._electron.launch({
        args: [
          ...(isRoot ? ["--no-sandbox"] : []),
          "--disable-gpu",
          `--user-data-dir=${join(root, profile)}`,
          inCheckout("."),
          ...args,
        ],
        env: { ...process.env, MANYHANDS_SHARE_HOST: "127.0.0.1" },
      })
      closing.push(() => app.close())
      return app
    }
    const mira = await launch("mira", [folder])
    const window = await begin(mira, "Mira")
    await resize(mira)
    await window.getByRole("row", { name: "2 Tides.md" }).click()
    await window.locator(".cm-content").waitFor()
    const link = await share(window)

    const noor = await launch("noor", [])
    const start = await begin(noor, "Noor")
    await resize(noor)
    await pictures(start, "start")
    await start.getByLabel("Join by link").fill(link)
    await start.getByRole("button", { name: "Join", exact: true }).click()
    await start.locator(".cm-content").waitFor()
    await select(start, "Each high water", "a day before")

    const browser = await playwright.chromium.launch({
      executablePath: findChromium() ?? undefined,
      chromiumSandbox: !isRoot,
      args: ["--disable-gpu", "--disable-quic"],
    })
    closing.push(() => browser.close())
    const guest = await browser.newPage({ viewport: size })
    await guest.goto(link)
    await guest.getByLabel("Your name").fill("Jonas")
    await pictures(guest, "guest-join")
    await guest.getByRole("button", { name: "Start writing" }).click()
    await guest.locator(".cm-content").waitFor()
    await select(guest, "follow the quarters.", "follow the quarters.")
    await guest.keyboard.press("End")

    await select(window, "last ebb", "last ebb")
    await window.locator(".peer-caret", { hasText: "Noor" }).waitFor({ state: "attached" })
    await window.locator(".peer-caret", { hasText: "Jonas" }).waitFor({ state: "attached" })
    await pictures(window, "app", async () => {
      await start.keyboard.press("Shift+ArrowRight")
      await guest.keyboard.press("ArrowLeft")
    })
    await pictures(guest, "guest")
    await guest.setViewportSize({ width: 390, height: 844 })
    await pictures(guest, "phone")
    await guest.setViewportSize(size)
    await window.getByRole("button", { name: "Share" }).click()
    await window.getByRole("img", { name: "The link as a QR code" }).waitFor()
    await pictures(window, "share")
  } finally {
    for (const close of closing.reverse()) await close()
    await rm(root, { recursive: true, force: true })
  }
  return 0
}

async function begin(app, name) {
  const page = await app.firstWindow()
  await page.getByLabel("Your name").fill(name)
  await page.getByRole("button", { name: "Begin" }).click()
  return page
}

/** All windows of an app get the size of the pictures. */
function resize(app) {
  return app.evaluate(({ BrowserWindow }, { width, height }) => {
    for (const window of BrowserWindow.getAllWindows()) window.setContentSize(width, height)
  }, size)
}

async function share(page) {
  await page.getByRole("button", { name: "Share" }).click()
  await page.getByRole("button", { name: "Make a link" }).click()
  const link = await page.getByLabel("The link", { exact: true }).inputValue()
  await page.keyboard.press("Escape")
  return link
}

/** Selects from the start of the one text to the end of the other, as with the mouse. */
async function select(page, from, to) {
  await page.locator(".cm-content", { hasText: from }).waitFor()
  const place = (text, end) =>
    page.evaluate(
      ([wanted, atEnd]) => {
        const content = document.querySelector(".cm-content")
        const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT)
        for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
          const at = node.data.indexOf(wanted)
          if (at < 0) continue
          const range = document.createRange()
          range.setStart(node, atEnd ? at + wanted.length : at)
          const box = range.getBoundingClientRect()
          return { x: box.left, y: box.top + box.height / 2 }
        }
        throw new Error(`The text has no "${wanted}"`)
      },
      [text, end],
    )
  const start = await place(from, from === to)
  await page.mouse.click(start.x, start.y)
  if (from === to) return
  const end = await place(to, true)
  await page.keyboard.down("Shift")
  await page.mouse.click(end.x, end.y)
  await page.keyboard.up("Shift")
}

/** One picture in light and one in dark. `before` is done before each. */
async function pictures(page, name, before = async () => {}) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme })
    await before()
    await page.evaluate(() => document.fonts.ready)
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
    await page.screenshot({ path: join(images, `${name}-${colorScheme}.png`) })
  }
  await page.emulateMedia({ colorScheme: "light" })
}
