/** The app as `npm run dist` packs it, unpacked as a person's machine would, and used. */
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { chown, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { FuseState, FuseV1Options, getCurrentFuseWire } from "@electron/fuses"
import { InstalledApp, RunningApp, type User } from "./installed-app.ts"
import { until } from "./until.ts"

const execute = promisify(execFile)
const { USER_ID, GROUP_ID, DISPLAY = "" } = process.env
const user: User = { uid: Number(USER_ID), gid: Number(GROUP_ID) }
const original = "# Tides\n\nLow water at 06:12.\n"
const line = "The bar is open."

describe("the packaged app", () => {
  let app: InstalledApp

  before(async () => {
    app = await InstalledApp.unpack(join("release", await artifact(".deb")))
  })

  after(async () => {
    await app?.remove()
  })

  test("its fuses are set: nothing but the app runs in it", async () => {
    const wire = await getCurrentFuseWire(app.binary)
    const off = [
      FuseV1Options.RunAsNode,
      FuseV1Options.EnableNodeOptionsEnvironmentVariable,
      FuseV1Options.EnableNodeCliInspectArguments,
      FuseV1Options.GrantFileProtocolExtraPrivileges,
    ]
    const on = [
      FuseV1Options.EnableCookieEncryption,
      FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
      FuseV1Options.OnlyLoadAppFromAsar,
    ]
    for (const fuse of off) assert.equal(wire[fuse], FuseState.DISABLE, FuseV1Options[fuse])
    for (const fuse of on) assert.equal(wire[fuse], FuseState.ENABLE, FuseV1Options[fuse])
  })

  test("it holds the app's own archive, and no other", async () => {
    const archives = (await readdir(app.resources)).filter((name) => name.endsWith(".asar"))
    assert.deepEqual(archives, ["app.asar"])
  })

  test("the desktop knows what it opens, and its icon", async () => {
    const share = join(app.root, "usr/share")
    const entry = await readFile(join(share, "applications/manyhands.desktop"), "utf8")
    assert.match(
      entry,
      /^MimeType=(?=.*text\/markdown;)(?=.*text\/plain;)(?=.*x-scheme-handler\/manyhands;)/m,
    )
    assert.match(entry, /^Categories=Office;TextEditor;$/m)
    assert.match(entry, /^Exec=\/opt\/Manyhands\/manyhands %U$/m)
    assert.match(entry, /^Icon=manyhands$/m)
    const sizes = await readdir(join(share, "icons/hicolor"))
    assert.ok(sizes.includes("48x48") && sizes.includes("256x256"), sizes.join())
  })

  test("the tar.gz holds the same app", async () => {
    const { stdout } = await execute("tar", ["tzf", join("release", await artifact(".tar.gz"))])
    const names = stdout.split("\n").map((name) => name.replace(/^[^/]*\//, ""))
    assert.ok(names.includes("manyhands") && names.includes("resources/app.asar"))
  })

  describe("started on a folder", () => {
    let running: RunningApp
    let file: string
    let profile: string

    before(async () => {
      const home = await app.folderOf(user, "home")
      const notes = await app.folderOf(user, "notes")
      file = join(notes, "Tides.md")
      await writeFile(file, original)
      await chown(file, user.uid, user.gid)
      profile = join(home, "profile")
      running = await RunningApp.start(app, {
        user,
        display: DISPLAY,
        profile,
        open: pathToFileURL(notes).href,
      })
    })

    after(async () => {
      await running?.kill()
    })

    test("its windows are sandboxed", async () => {
      // 2: only the system calls of a filter. 0 is what --no-sandbox gives.
      const seccomp = await app.factsOf("--type=renderer", "Seccomp")
      assert.ok(seccomp.length > 0)
      assert.deepEqual(
        seccomp.filter((mode) => mode !== "2"),
        [],
      )
    })

    test("the first start asks for a name, then shows the folder", async () => {
      const { page } = running
      await page.getByLabel("Your name").fill("Mira")
      await page.getByRole("button", { name: "Begin" }).click()
      await page.getByRole("row", { name: "Tides.md" }).waitFor()
    })

    test("a line written in the editor is in the file when the light says so", async () => {
      const { page } = running
      await page.getByRole("row", { name: "Tides.md" }).click()
      const text = page.locator(".cm-content")
      await text.getByText("Low water").waitFor()
      await text.click()
      await page.keyboard.press("Control+End")
      await page.keyboard.type(line)
      await until("the line is in the file", async () => (await readFile(file, "utf8")) === original + line)
      await page.getByRole("button", { name: "Saved here" }).waitFor()
    })

    test("its server gives guests the browser editor, from inside the archive", async () => {
      const log = await readFile(join(profile, "logs/server.log"), "utf8")
      const url = /"event":"listening","url":"(http:\/\/127\.0\.0\.1:\d+)"/.exec(log)?.[1]
      const page = await fetch(`${url}/`)
      assert.equal(page.status, 200)
      const script = /<script[^>]* src="([^"]+)"/.exec(await page.text())?.[1]
      assert.ok(script !== undefined, "the page has no script")
      const code = await fetch(new URL(script, `${url}/`))
      assert.equal(code.status, 200)
      assert.equal((await code.arrayBuffer()).byteLength, Number(code.headers.get("content-length")))
    })

    test("it ends with its window, cleanly, and leaves no process behind", async () => {
      assert.equal(await running.quit(), 0)
      await until("every process has ended", async () => (await app.processes()).length === 0)
      assert.equal(await readFile(file, "utf8"), original + line)
    })
  })
})

/** @returns the one file in release/ with this ending */
async function artifact(ending: string): Promise<string> {
  const found = (await readdir("release")).filter((name) => name.endsWith(ending))
  const [name] = found
  if (name === undefined || found.length > 1)
    throw new Error(`One *${ending} in release/, not ${found.length}`)
  return name
}
