import { describe, expect, test } from "vitest"
import { Limits } from "../../protocol/limits.ts"
import { mayEnter } from "../../protocol/role.ts"
import {
  folderOf,
  freePath,
  isFolderRoom,
  isMadeFor,
  isUnguessable,
  newFileRoom,
  newFolderRoom,
  randomRoomName,
  readFolderTree,
  readTreeEntries,
} from "../../protocol/shared-folder.ts"

const a = "a".repeat(20)
const b = "b".repeat(20)
const c = "c".repeat(20)

describe("the rooms of a shared folder", () => {
  test("are told apart by their names", () => {
    const folder = newFolderRoom()
    const file = newFileRoom(folder)
    expect(isFolderRoom(folder)).toBe(true)
    expect(isFolderRoom(file)).toBe(false)
    expect(isMadeFor(folder, file)).toBe(true)
    expect(folderOf(file)).toBe(folder)
    expect([folder, file, randomRoomName()].every(isUnguessable)).toBe(true)
  })

  test.each(["lobby", "team/notes", "notes.md", `${a}/lobby`, ".folders/lobby", `${a}b`, "", `/${a}`])(
    "%j is a name that somebody may guess",
    (room) => expect(isUnguessable(room)).toBe(false),
  )

  test.each(["lobby", "team/notes", a, "", `/${a}`])("%j was made for no folder", (room) => {
    expect(folderOf(room)).toBe(null)
  })

  test("a folder's token opens its tree, its files and their comments, and no others", () => {
    const folder = newFolderRoom()
    const file = newFileRoom(folder)
    for (const room of [folder, file, `.comments/${file}`]) expect(mayEnter(folder, room)).toBe(true)
    for (const room of [newFolderRoom(), newFileRoom(newFolderRoom()), a, "lobby", "/x", `x${file}`])
      expect(mayEnter(folder, room)).toBe(false)
    expect(mayEnter(".folders/", "/x")).toBe(false)
    expect(mayEnter(file, folder)).toBe(false)
  })
})

describe("a tree", () => {
  test("leaves out what no file of a folder could be called", () => {
    const bad = [
      7,
      null,
      "",
      "/a.md",
      "a//b.md",
      "../a.md",
      "a/./b.md",
      "a\nb.md",
      "x".repeat(Limits.treePathLength + 1),
    ]
    const longest = `${"x".repeat(Limits.treePathLength - 3)}.md`
    const files: [string, unknown][] = bad.map((path) => [randomRoomName(), path])
    expect(readTreeEntries([...files, ["lobby", "lobby.md"], [a, "a.md"], [b, longest]])).toEqual([
      { room: a, path: "a.md" },
      { room: b, path: longest },
    ])
  })

  test("shows two files of one path beside each other, the same way to everybody", () => {
    const files: [string, string][] = [
      [c, "x/Tides.md"],
      [a, "x/Tides.md"],
      [b, "x/Tides.md"],
    ]
    const shown = [
      { room: a, path: "x/Tides.md" },
      { room: b, path: "x/Tides (2).md" },
      { room: c, path: "x/Tides (3).md" },
    ]
    expect(readFolderTree(files)).toEqual(shown)
    expect(readFolderTree(files.toReversed())).toEqual(shown)
  })

  test.each([
    { path: "a.md", taken: [], free: "a.md" },
    { path: "a.md", taken: ["a.md", "a (2).md"], free: "a (3).md" },
    { path: "v1.2/a", taken: ["v1.2/a"], free: "v1.2/a (2)" },
    { path: ".md", taken: [".md"], free: ".md (2)" },
  ])("$path is $free where $taken are taken", ({ path, taken, free }) => {
    expect(freePath(path, (candidate) => taken.some((other) => other === candidate))).toBe(free)
  })
})
