import { describe, expect, test } from "vitest"
import { appOrigin, filePath, isAppUrl } from "../../main/app-url.ts"
import { externalLink } from "../../main/external-link.ts"
import { launchSchema, readLaunch } from "../../main/launch.ts"

const packaged = { hasScript: false, cwd: "/home/mira" }
const link = "manyhands://join?link=http%3A%2F%2F127.0.0.1%3A1%2F%23token%3Da.b.c"

describe("start arguments", () => {
  test("paths are relative to where the app was started; links stay as they are", () => {
    expect(readLaunch(["/usr/bin/manyhands", "notes", "/tmp/a.md", link, "../b.txt"], packaged)).toEqual({
      paths: ["/home/mira/notes", "/tmp/a.md", "/home/b.txt"],
      links: [link],
    })
  })

  test("switches are passed over, and so is the app that Electron was told to run", () => {
    const argv = [
      "electron",
      "--no-sandbox",
      "-r",
      "loader.js",
      "--inspect=0",
      ".",
      "--user-data-dir=/p",
      "notes",
    ]
    expect(readLaunch(argv, { hasScript: true, cwd: "/w" })).toEqual({ paths: ["/w/notes"], links: [] })
  })

  test("after -- a name may begin with a dash", () => {
    expect(readLaunch(["manyhands", "--", "-odd.md"], packaged).paths).toEqual(["/home/mira/-odd.md"])
  })

  test("a desktop hands over URLs of files", () => {
    const argv = ["manyhands", "file:///home/mira/Tide%20table.md", "file:///a%2Fb"]
    expect(readLaunch(argv, packaged).paths).toEqual(["/home/mira/Tide table.md", "/home/mira/file:/a%2Fb"])
  })

  test("a link is known in any case, and never taken for a path", () => {
    expect(readLaunch(["manyhands", "MANYHANDS://join?link=x"], packaged)).toEqual({
      paths: [],
      links: ["MANYHANDS://join?link=x"],
    })
  })

  test("what a second start hands over is checked", () => {
    expect(launchSchema.safeParse({ paths: ["/a"], links: [] }).success).toBe(true)
    for (const bad of [undefined, null, {}, { paths: "/a", links: [] }, { paths: [1], links: [] }]) {
      expect(launchSchema.safeParse(bad).success).toBe(false)
    }
  })
})

describe("the pages' own address", () => {
  const folder = "/app/dist/renderer"

  test("names files below the folder", () => {
    expect(filePath(folder, "app://manyhands/index.html")).toBe("/app/dist/renderer/index.html")
    expect(filePath(folder, "app://manyhands/assets/a%20b.js?x#y")).toBe("/app/dist/renderer/assets/a b.js")
  })

  test.each([
    "app://manyhands/",
    "app://manyhands/../secret",
    "app://manyhands/%2e%2e/secret",
    "app://manyhands/..%2f..%2fsecret",
    "app://manyhands/a%2f..%2f..%2fsecret",
    "app://manyhands/a%00.html",
    "app://manyhands/%zz",
    "app://elsewhere/index.html",
    "app://manyhands.evil/index.html",
    "https://manyhands/index.html",
    "file:///etc/passwd",
  ])("%s names none outside of it", (url) => {
    const path = filePath(folder, url)
    expect(path === null || path.startsWith(`${folder}/`)).toBe(true)
  })

  test("is compared whole", () => {
    expect(isAppUrl(`${appOrigin}/index.html`)).toBe(true)
    for (const url of ["app://manyhands", "app://manyhands.evil/", "https://app//manyhands/", ""]) {
      expect(isAppUrl(url)).toBe(false)
    }
  })
})

describe("links to elsewhere", () => {
  test("the web and mail are opened", () => {
    for (const url of ["https://example.org/a?b#c", "http://127.0.0.1:8080/", "mailto:mira@example.org"]) {
      expect(externalLink(url)).toBe(url)
    }
  })

  test.each([
    "file:///etc/passwd",
    "javascript:alert(1)",
    "smb://host/share",
    "ms-settings:privacy",
    "manyhands://join",
    "app://manyhands/",
    "data:text/html,x",
    "/etc/passwd",
    "",
    " ",
  ])("%j is not", (url) => {
    expect(externalLink(url)).toBeNull()
  })
})
