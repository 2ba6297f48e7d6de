import { mkdir, mkdtemp, readFile, realpath, rename, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { documentInside, isInside, newDocumentInside, relativeDocument } from "../../main/document-path.ts"
import { makeEmptyFile } from "../../main/documents.ts"
import { readFolderTree } from "../../main/folder-tree.ts"
import { FolderWatch } from "../../main/folder-watch.ts"
import { FolderWatches } from "../../main/folder-watches.ts"
import { jsonLog } from "../../main/log.ts"
import { SharedFolders } from "../../main/shared-folders.ts"
import { newDocumentPath } from "../../protocol/document-name.ts"
import type { EmbeddedRequest } from "../../protocol/embedded.ts"
import { errorOf } from "../fixtures/error-of.ts"
import { waitFor } from "../server/support/wait-for.ts"

const log = jsonLog(() => undefined)
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
    const watch = new FolderWatch({
      folder,
      changed: ({ entries }) => {
        lists.push(entries.map(({ path }) => path))
        told()
      },
      appeared: () => undefined,
      log,
    })
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

describe("the watches of folders", () => {
  test("files that turn up are told, in an empty folder too; those that were there are not", async () => {
    await mkdir(join(folder, "full"))
    await mkdir(join(folder, "empty"))
    await write("full/a.md")
    const appeared: string[] = []
    const watches = new FolderWatches({ log, appeared: (paths) => appeared.push(...paths) })
    const full = watches.hold(join(folder, "full"), () => undefined)
    const empty = watches.hold(join(folder, "empty"), () => undefined)
    await Promise.all([full.started, empty.started])
    await write("full/b.md")
    await write("empty/c.md")
    await waitFor(
      () => appeared.length >= 2,
      () => `two files turned up: ${appeared}`,
    )
    expect(appeared.sort()).toEqual([join(folder, "empty/c.md"), join(folder, "full/b.md")])
    await Promise.all([full.close(), empty.close()])
  })

  test("a folder is watched for as long as anybody holds it", async () => {
    const watches = new FolderWatches({ log, appeared: () => undefined })
    const lists: string[][] = [[], []]
    const [first, second] = lists.map((list) =>
      watches.hold(folder, ({ entries }) => list.push(entries.map(({ path }) => path).join())),
    )
    await first?.started
    await first?.close()
    await write("a.md")
    await waitFor(
      () => lists[1]?.at(-1) === "a.md",
      () => `the second is told: ${JSON.stringify(lists)}`,
    )
    expect(lists[0]).toEqual([])
    await second?.close()
  })

  test("what is shared is told to the server, and nothing of a folder that is gone", async () => {
    await write("a.md")
    const asked: EmbeddedRequest[] = []
    const answer = async (request: EmbeddedRequest): Promise<unknown> => {
      asked.push(request)
      return request.kind === "folder-list"
        ? { folders: [{ room: "r", path: folder, title: "t" }] }
        : { room: "r" }
    }
    const folders = new SharedFolders({
      // The answers are those of the schema; the mock does not prove it by its type.
      server: { request: answer as never },
      watches: new FolderWatches({ log, appeared: () => undefined }),
      log,
    })
    expect(await folders.host(folder)).toBe("r")
    expect(asked).toEqual([{ kind: "folder-host", path: folder, files: ["a.md"] }])
    await write("b.md")
    await waitFor(
      () => asked.length >= 2,
      () => "the server is told",
    )
    expect(asked.at(-1)).toEqual({ kind: "folder-listed", room: "r", files: ["a.md", "b.md"] })
    await rename(folder, `${folder} gone`)
    await waitFor(
      async () => (await readFolderTree(folder).catch(() => null)) === null,
      () => "it is gone",
    )
    await rename(`${folder} gone`, folder)
    await folders.close()
    expect(asked.filter((request) => request.kind === "folder-listed" && request.files.length === 0)).toEqual(
      [],
    )
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
