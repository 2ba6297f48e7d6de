import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import fc from "fast-check"
import { expect, onTestFinished, test } from "vitest"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import { MirrorFolder } from "../../sync-server/mirror/mirror-folder.ts"
import { errorOf } from "../fixtures/error-of.ts"

function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "mirror-folder-")))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

test.each([
  ["notes", "notes.md"],
  ["team/a plan", "team/a plan.md"],
  ["a/b.txt", "a/b.txt"],
  ["a/b.md", "a/b.md.md"],
  ["release v1.2", "release v1.2.md"],
  ["Übersicht/日本", "Übersicht/日本.md"],
])("the room %s is the file %s", (room, file) => {
  const root = temporaryFolder()
  const path = new MirrorFolder(root).pathOf(parseRoomName(room))
  expect(path === null ? null : relative(root, path)).toBe(file)
})

test.each([
  "a/../../outside",
  "/absolute",
  "a//b",
  "a/",
  "a/.git/config",
  "a\\b",
  "c:/x",
  "nul",
  "a/con.txt",
  "a /b",
  `long/${"x".repeat(238)}`,
])("the room %s has no file", (room) => {
  expect(new MirrorFolder(temporaryFolder()).pathOf(parseRoomName(room))).toBe(null)
})

test("a name may be as long as it may be", () => {
  expect(new MirrorFolder(temporaryFolder()).pathOf(parseRoomName("x".repeat(237)))).not.toBe(null)
})

test("no room's file is another room's, and none lies outside", () => {
  const root = temporaryFolder()
  const folder = new MirrorFolder(root)
  const name = fc
    .array(fc.constantFrom("a", "b", ".", "..", "/", ".md", ".txt", " ", "\\", "%2e", "C:"), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => parts.join(""))
    .filter((text) => !text.startsWith("."))
    .map((text): RoomName => parseRoomName(text))
  fc.assert(
    fc.property(name, name, (one, two) => {
      const path = folder.pathOf(one)
      if (path === null) return
      expect(relative(root, path)).not.toMatch(/^\.\.|^\//)
      if (one !== two) expect(folder.pathOf(two)).not.toBe(path)
    }),
  )
})

test("a link that leads out of the folder is not followed, one that stays inside is", async () => {
  const outside = temporaryFolder()
  const root = temporaryFolder()
  const folder = new MirrorFolder(root)
  writeFileSync(join(outside, "secret.md"), "secret")
  mkdirSync(join(root, "inside"))
  writeFileSync(join(root, "inside", "real.md"), "words")
  symlinkSync(join(outside, "secret.md"), join(root, "leak.md"))
  symlinkSync(outside, join(root, "away"))
  symlinkSync(join(root, "inside", "real.md"), join(root, "near.md"))
  await expect(folder.holds(join(root, "leak.md"))).rejects.toMatchObject({ code: "FILE_NOT_READABLE" })
  await expect(folder.create(join(root, "away", "new.md"))).rejects.toMatchObject({
    code: "FILE_NOT_READABLE",
  })
  expect(await folder.holds(join(root, "near.md"))).toBe(true)
  expect(await folder.holds(join(root, "deeper", "none.md"))).toBe(false)
})

test("a folder that cannot be one is a wrong configuration", () => {
  const file = join(temporaryFolder(), "file")
  writeFileSync(file, "")
  expect(errorOf(() => new MirrorFolder(file))).toMatchObject({ code: "CONFIG_INVALID" })
})
