import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { documentInside, isInside, newDocumentInside, relativeDocument } from "../../main/document-path.ts"
import { makeEmptyFile } from "../../main/documents.ts"
import { readFolderTree } from "../../main/folder-tree.ts"
import { FolderWatch } from "../../main/folder-watch.ts"
import { jsonLog } from "../../main/log.ts"
import { newDocumentPath } from "../../protocol/document-name.ts"
import { errorOf } from "../fixtures/error-of.ts"

let base = ""
let folder = ""

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "manyhands-folder-")))
  folder = join(base, "notes")
  await mkdir(folder)
})

afterEach(() => rm(base, { recursive: true, force: true }))

async function write(path: string, text = ""): Promise<void> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

async function listed(limit?: number): Promise<string[]> {
  const { entries } = await readFolderTree(folder, limit)
  return entries.map(({ path, kind }) => (kind === "folder" ? `${path}/` : path))
}

describe("the list of a folder", () => {
  test("shows documents with the folders that hold them, folders first, numbers as numbers", async () => {
    for (const path of ["10 ten.md", "2 two.txt", "b/x.markdown", "A/y.mdown", "A/deep/z.MD", "Zebra.md"]) {
      await write(path)
    }
    expect(await listed()).toEqual([
      "A/",
      "A/deep/",
      "A/deep/z.MD",
      "A/y.mdown",
      "b/",
      "b/x.markdown",
      "2 two.txt",
      "10 ten.md",
      "Zebra.md",
    ])
  })

  test("leaves out what is hidden, what is no document, and folders without any", async () => {
    for (const path of [
      ".hidden.md",
      ".git/a.md",
      "node_modules/p/README.md",
      "pic/a.png",
      "a.js",
      ".md",
      "b.md",
    ]) {
      await write(path)
    }
    expect(await listed()).toEqual(["b.md"])
  })

  test("does as .gitignore says, the innermost one last", async () => {
    await write(".gitignore", "drafts/\n*.txt\n!keep.txt\n/only-here.md\n")
    await write("sub/.gitignore", "!loud.txt\nsecret.md\n")
    for (const path of ["drafts/a.md", "a.txt", "keep.txt", "only-here.md", "sub/only-here.md"])
      await write(path)
    for (const path of ["sub/loud.txt", "sub/quiet.txt", "sub/secret.md", "secret.md"]) await write(path)
    expect(await listed()).toEqual(["sub/", "sub/loud.txt", "sub/only-here.md", "keep.txt", "secret.md"])
  })

  test("follows links to files inside, and none that lead outside or in a circle", async () => {
    await write("a.md")
    await writeFile(join(base, "outside.md"), "")
    await symlink("a.md", join(folder, "inside.md"))
    await symlink("../outside.md", join(folder, "leak.md"))
    await symlink(".", join(folder, "circle"))
    await symlink("nowhere.md", join(folder, "dangling.md"))
    expect(await listed()).toEqual(["a.md", "inside.md"])
  })

  test("stops at its limit and says so", async () => {
    for (let index = 0; index < 12; index++) await write(`f${index}.md`)
    expect(await readFolderTree(folder, 10)).toMatchObject({ capped: true, entries: { length: 10 } })
    expect((await readFolderTree(folder, 12)).capped).toBe(false)
  })

  test("fails when the folder is gone", async () => {
    await rm(folder, { recursive: true })
    await expect(readFolderTree(folder)).rejects.toMatchObject({ code: "ENOENT" })
  })
})

describe("watching a folder", () => {
  test("the list follows what other programs do", async () => {
    await write("a.md")
    const lists: string[][] = []
    let told = (): void => undefined
    const log = jsonLog(() => undefined)
    const watch = new FolderWatch(
      folder,
      ({ entries }) => {
        lists.push(entries.map(({ path }) => path))
        told()
      },
      log,
    )
    const until = (expected: string[]) =>
      new Promise<void>((resolve) => {
        told = () => {
          if (JSON.stringify(lists.at(-1)) === JSON.stringify(expected)) resolve()
        }
        told()
      })
    try {
      await watch.start()
      await until(["a.md"])
      await write("new/b.md")
      await until(["new", "new/b.md", "a.md"])
      await rm(join(folder, "a.md"))
      await until(["new", "new/b.md"])
      await rm(folder, { recursive: true })
      await until([])
    } finally {
      await watch.close()
    }
  })
})

describe("paths of documents", () => {
  test("a part of a name is not a folder", () => {
    expect(isInside("/n", "/n/a.md")).toBe(true)
    expect(isInside("/n", "/n/..a.md")).toBe(true)
    for (const path of ["/n", "/notes/a.md", "/", "/n/../a.md", "/n/.."])
      expect(isInside("/n", path)).toBe(false)
    expect(relativeDocument("/n", "/n/a/b.md")).toBe("a/b.md")
  })

  test.each(["../outside.md", "a/../../outside.md", "leak.md", "out/outside.md", "."])(
    "%s is refused: it lies outside of the folder",
    async (path) => {
      await writeFile(join(base, "outside.md"), "")
      await symlink(base, join(folder, "out"))
      await symlink("../outside.md", join(folder, "leak.md"))
      await expect(documentInside(folder, path)).rejects.toMatchObject({ code: "NOT_ALLOWED" })
    },
  )

  test("an absolute path is one below the folder, so it names nothing elsewhere", async () => {
    await expect(documentInside(folder, "/etc/hostname")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" })
  })

  test("a new document is not made through a link that leads outside", async () => {
    await mkdir(join(base, "elsewhere"))
    await symlink("../elsewhere", join(folder, "out"))
    for (const path of ["out/a.md", "out/deep/a.md", "../a.md", "/a.md"]) {
      await expect(newDocumentInside(folder, path)).rejects.toMatchObject({ code: "NOT_ALLOWED" })
    }
    expect(await newDocumentInside(folder, "deep/er/a.md")).toBe(join(folder, "deep/er/a.md"))
  })

  test.each([
    ["tides", "tides.md"],
    [" part one/chapter 2 ", "part one/chapter 2.md"],
    ["notes.v2", "notes.v2.md"],
    ["list.txt", "list.txt"],
    ["A.MARKDOWN", "A.MARKDOWN"],
    ["a\\b", "a/b.md"],
  ])("a new document called %j is %j", (name, path) => {
    expect(newDocumentPath(name)).toBe(path)
  })

  test.each([
    "",
    " ",
    "/a",
    "a//b",
    "..",
    "../a",
    "a/../b",
    ".hidden",
    "a/.b",
    "CON",
    "aux.md",
    "a:b",
    "a?",
    "x.",
    "a\u0000b",
    "x".repeat(300),
  ])("a new document cannot be called %j", (name) => {
    expect(errorOf(() => newDocumentPath(name))).toMatchObject({ code: "FILE_WRITE" })
  })

  test("making a file never touches one that is there", async () => {
    await write("a.md", "words")
    await expect(makeEmptyFile(join(folder, "a.md"))).rejects.toMatchObject({ code: "FILE_WRITE" })
    expect(await readFile(join(folder, "a.md"), "utf8")).toBe("words")
    await makeEmptyFile(join(folder, "new/deep/b.md"))
    expect(await readFile(join(folder, "new/deep/b.md"), "utf8")).toBe("")
  })
})
