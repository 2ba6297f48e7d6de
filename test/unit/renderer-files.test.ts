import { describe, expect, test } from "vitest"
import { baseName, kindOfText, pathFor, splitEnding } from "../../renderer/desktop/file-name.ts"
import { fileNameFor } from "../../renderer/download.ts"
import { folderPaths, foldersAbove, treeNodes } from "../../renderer/ui/tree-nodes.ts"

describe("the tree of files", () => {
  const entries = [
    { path: "10 Ferry.md", kind: "file" },
    { path: "2 Tides.md", kind: "file" },
    { path: "Notes", kind: "folder" },
    { path: "Notes/Old/1953.md", kind: "file" },
    { path: "Notes/walk.txt", kind: "file" },
  ] as const

  test("counts as people do, and makes up a folder that only its contents name", () => {
    const nodes = treeNodes(entries)
    expect(nodes.map((node) => node.name)).toEqual(["2 Tides.md", "10 Ferry.md", "Notes"])
    expect(nodes.at(-1)?.children.map((node) => node.path)).toEqual(["Notes/Old", "Notes/walk.txt"])
    expect(folderPaths(nodes)).toEqual(["Notes", "Notes/Old"])
  })

  test("has every file once", () => {
    const files = (nodes: ReturnType<typeof treeNodes>): string[] =>
      nodes.flatMap((node) => (node.kind === "file" ? [node.path] : files(node.children)))
    const wanted = entries.filter((entry) => entry.kind === "file").map((entry) => entry.path)
    expect(files(treeNodes(entries)).toSorted()).toEqual(wanted.toSorted())
  })

  test("names the folders above a file, outermost first", () => {
    expect(foldersAbove("a/b/c.md")).toEqual(["a", "a/b"])
    expect(foldersAbove("c.md")).toEqual([])
  })
})

describe("names of files", () => {
  test.each([
    ["2 Tides.md", "2 Tides", ".md"],
    ["a.b.txt", "a.b", ".txt"],
    [".hidden", ".hidden", ""],
    ["README", "README", ""],
  ])("%s is %s and %s", (name, stem, ending) => {
    expect(splitEnding(name)).toEqual({ stem, ending })
  })

  test("the last part of a path, on every system", () => {
    expect(baseName("/home/mira/2 Tides.md")).toBe("2 Tides.md")
    expect(baseName("C:\\Notes\\2 Tides.md")).toBe("2 Tides.md")
  })

  test("the kind of text goes by the ending", () => {
    expect(kindOfText("a.MD")).toBe("Markdown")
    expect(kindOfText("a.txt")).toBe("Text")
  })

  test.each([
    ["6 The ferry", "6 The ferry.md"],
    ["Notes/walk.txt", "Notes/walk.txt"],
    [" /Notes\\deep/ ", "Notes/deep.md"],
    ["v1.2", "v1.2.md"],
  ])("a typed name, %s, makes the file %s", (typed, path) => {
    expect(pathFor(typed)).toBe(path)
  })

  test("nothing typed makes no file", () => {
    expect(pathFor("  / ")).toBeNull()
  })

  test.each([
    ["Tide: tables", "Tide tables.md"],
    ["2 Tides.txt", "2 Tides.txt"],
    ["a/b\\c*?", "a b c.md"],
    ["..hidden", "hidden.md"],
    ["", "Manyhands.md"],
  ])("a title, %j, is downloaded as %s", (title, name) => {
    expect(fileNameFor(title)).toBe(name)
  })
})
