import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Page } from "@playwright/test"
import { type Desk, type DesktopApp, expect, test } from "./support/app.ts"

test("the page lives in a sandbox, apart from Electron and Node", async ({ desk }) => {
  const { app, page } = await openNotes(desk)
  const window = await app.electron.browserWindow(page)
  const preferences = await window.evaluate((browser) => {
    // Not in Electron's types, and the one way to see what a window really has.
    const read: unknown = Reflect.get(browser.webContents, "getLastWebPreferences")
    return typeof read === "function" ? read.call(browser.webContents) : null
  })
  expect(preferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webviewTag: false,
    webSecurity: true,
  })
  // What the system itself says of the process; root can have no sandbox.
  if (process.platform === "linux" && process.getuid?.() !== 0) {
    const pid = await window.evaluate((browser) => browser.webContents.getOSProcessId())
    expect(await readFile(`/proc/${pid}/status`, "utf8")).toMatch(/^Seccomp:\t2$/m)
  }
  const reach = await page.evaluate(() =>
    ["require", "process", "module", "Buffer", "ipcRenderer", "electron"].filter(
      (name) => name in globalThis,
    ),
  )
  expect(reach).toEqual([])
  expect(await page.evaluate(() => Object.keys(Reflect.get(window, "manyhands")).sort())).toEqual([
    "call",
    "on",
    "pathOf",
  ])
})

test("the page goes nowhere else, and opens no other", async ({ desk }) => {
  const { app, page } = await openNotes(desk)
  const home = page.url()
  await page.evaluate(() => {
    location.href = "https://example.org/"
  })
  await app.untilLogged("navigation-denied")
  expect(await page.evaluate(() => window.open("https://example.org/") === null)).toBe(true)
  await app.untilLogged("window-denied")
  expect(page.url()).toBe(home)
  expect(app.electron.windows()).toHaveLength(1)
})

test("the page gets no permission", async ({ desk }) => {
  const { page } = await openNotes(desk)
  expect(await page.evaluate(() => Notification.requestPermission())).toBe("denied")
  const names = ["notifications", "geolocation", "camera", "microphone"]
  const states = await page.evaluate(
    (all) =>
      Promise.all(all.map((name) => navigator.permissions.query({ name: name as PermissionName }))).then(
        (found) => found.map(({ state }) => state),
      ),
    names,
  )
  expect(states).toEqual(names.map(() => "denied"))
  const refusal = await page.evaluate(
    () =>
      new Promise<boolean>((resolve) => {
        navigator.geolocation.getCurrentPosition(
          () => resolve(false),
          (error) => resolve(error.code === error.PERMISSION_DENIED),
        )
      }),
  )
  expect(refusal).toBe(true)
})

test("the page runs no script but ours, and reaches no other host", async ({ desk }) => {
  const { page } = await openNotes(desk)
  const policy = await page.evaluate(async () =>
    (await fetch("app://manyhands/index.html")).headers.get("content-security-policy"),
  )
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self';")

  const violated = page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective), {
          once: true,
        })
        const script = document.createElement("script")
        script.textContent = "window.inlineRan = true"
        document.body.append(script)
      }),
  )
  expect(await violated).toBe("script-src-elem")
  expect(await page.evaluate(() => "inlineRan" in window)).toBe(false)

  const blocked = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective), {
          once: true,
        })
        fetch("http://127.0.0.1:9/").catch(() => undefined)
      }),
  )
  expect(blocked).toBe("connect-src")
})

test("the page's address leads to no other file of this computer", async ({ desk }) => {
  const { page } = await openNotes(desk)
  const statuses = await page.evaluate(async () => {
    const urls = [
      "../main/index.js",
      "%2e%2e/main/index.js",
      "..%2fmain%2findex.js",
      "%2fetc%2fpasswd",
      "missing.js",
    ]
    return Promise.all(urls.map(async (url) => (await fetch(`app://manyhands/${url}`)).status))
  })
  expect(statuses).toEqual(statuses.map(() => 404))
})

test("calls of the wrong form are refused and logged", async ({ desk }) => {
  const { app, page } = await openNotes(desk)
  const garbage: [string, unknown[]][] = [
    ["open-document", [7]],
    ["open-document", []],
    ["open-document", ["a.md", "b.md"]],
    ["save-tabs", [{ open: "a.md", active: null }]],
    ["save-settings", [{ theme: "purple" }]],
    ["open-paths", [[""]]],
    ["unsaved-words", ["yes"]],
    ["copy-text", ["x".repeat(100_000)]],
  ]
  for (const [channel, args] of garbage) {
    expect(await refusalOf(page, channel, args), channel).toContain("wrong form")
  }
  expect(await refusalOf(page, "no-such-call", [])).toContain("No handler registered")
  await app.untilLogged("ipc-arguments-refused", garbage.length)
})

test("only our own windows are answered", async ({ desk }) => {
  const { app, page } = await openNotes(desk)
  const preload = join(import.meta.dirname, "../../dist/main/preload.cjs")
  // A window that the app did not make: once with a foreign page, once with our own.
  for (const url of ["data:text/html,<title>foreign</title>", page.url()]) {
    const answer = await app.electron.evaluate(
      async ({ BrowserWindow }, given) => {
        const foreign = new BrowserWindow({ show: false, webPreferences: { preload: given.preload } })
        try {
          await foreign.loadURL(given.url)
          return await foreign.webContents.executeJavaScript(
            "window.manyhands.call('window-state').then(() => 'answered', (error) => error.message)",
          )
        } finally {
          foreign.destroy()
        }
      },
      { preload, url },
    )
    expect(answer, url).toContain("Only the app's own windows may ask this")
  }
  await app.untilLogged("ipc-sender-refused", 2)
})

test("links to elsewhere are opened only when they are web or mail", async ({ desk }) => {
  const { app, page } = await openNotes(desk)
  await app.electron.evaluate(({ shell }) => {
    const opened: string[] = []
    Reflect.set(globalThis, "opened", opened)
    Reflect.set(shell, "openExternal", (url: string) => Promise.resolve(void opened.push(url)))
  })
  const open = (url: string) =>
    page.evaluate((link) => Reflect.get(window, "manyhands").call("open-external", link), url)
  expect(await open("https://example.org/")).toEqual({ ok: true, value: null })
  for (const url of ["file:///etc/passwd", "javascript:alert(1)", "smb://host/share", "manyhands://join"]) {
    expect(await open(url)).toMatchObject({ ok: false, error: { code: "NOT_ALLOWED" } })
  }
  expect(await app.electron.evaluate(() => Reflect.get(globalThis, "opened"))).toEqual([
    "https://example.org/",
  ])
})

async function openNotes(desk: Desk): Promise<{ app: DesktopApp; page: Page }> {
  await desk.write("notes/a.md", "")
  const app = await desk.launch(["notes"])
  return { app, page: await app.window("notes – Manyhands") }
}

/** What a call with these arguments, which no typed code could make, is refused with. */
function refusalOf(page: Page, channel: string, args: unknown[]): Promise<string> {
  return page.evaluate(
    ([name, given]) =>
      Reflect.get(window, "manyhands")
        .call(name, ...given)
        .then(
          () => "answered",
          (error: Error) => error.message,
        ),
    [channel, args] as const,
  )
}
