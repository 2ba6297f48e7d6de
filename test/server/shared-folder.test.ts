import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { CloseCode } from "../../protocol/close-code.ts"
import { Limits } from "../../protocol/limits.ts"
import { newFileRoom, newFolderRoom } from "../../protocol/shared-folder.ts"
import { startAgain } from "./support/replicated.ts"
import { startServer, temporaryFolder } from "./support/server.ts"
import { FolderGuest, FolderOnDisk } from "./support/shared-folder.ts"
import { waitFor } from "./support/wait-for.ts"

async function sharedWithGuest(files: Record<string, string>) {
  const folder = await FolderOnDisk.shared(files)
  const guest = await FolderGuest.at(folder.host, folder.room)
  return { folder, guest }
}

describe("a guest of a shared folder", () => {
  test("sees its tree and writes in any of its files", async () => {
    const { folder, guest } = await sharedWithGuest({ "Tides.md": "high\n", "notes/Walk.md": "far\n" })
    await guest.whenPaths("Tides.md", "notes/Walk.md")
    const walk = await guest.open("notes/Walk.md")
    await walk.whenText("far\n")
    walk.text.insert(3, " out")
    await folder.whenOnDisk("notes/Walk.md", "far out\n")
    expect(folder.read("Tides.md")).toBe("high\n")
  })

  test("is in the same document as whoever opened the file before it was shared", async () => {
    const host = await startServer()
    const private_ = temporaryFolder()
    writeFileSync(join(private_, "Tides.md"), "high\n")
    const opened = await host.server.mirror.open(join(private_, "Tides.md"))
    const room = await host.server.folders.host(private_, ["Tides.md"])
    const guest = await FolderGuest.at(host, room)
    expect(guest.roomOf("Tides.md")).toBe(opened.room)
    await (await guest.open("Tides.md")).whenText("high\n")
  })

  test("may enter nothing else of the host", async () => {
    const { folder, guest } = await sharedWithGuest({ "Tides.md": "high\n" })
    const elsewhere = join(temporaryFolder(), "Diary.md")
    writeFileSync(elsewhere, "dear diary\n")
    const diary = await folder.host.server.mirror.open(elsewhere)
    // Naming it in the tree gives no right to it.
    guest.put(diary.room, "Diary.md")
    await guest.tree.whenDurable()
    for (const room of [diary.room, newFolderRoom(), newFileRoom(newFolderRoom()), "lobby"])
      expect(await guest.enter(room).whenClosed()).toBe(CloseCode.Forbidden)
    await guest.whenPaths("Tides.md")
  })

  test("who may only read changes neither tree nor text", async () => {
    const folder = await FolderOnDisk.shared({ "Tides.md": "high\n" })
    const guest = await FolderGuest.at(folder.host, folder.room, "viewer")
    guest.put(newFileRoom(folder.room), "Mine.md")
    const tides = await guest.open("Tides.md")
    tides.text.insert(0, "very ")
    await waitFor(
      () => [guest.tree, tides].every(({ heard }) => heard.some(({ type }) => type === "permission-denied")),
      () => "both are denied",
    )
    expect(folder.files()).toEqual(["Tides.md"])
  })
})

describe("what happens on the host's disk", () => {
  test("new, renamed and deleted files appear for all", async () => {
    const { folder, guest } = await sharedWithGuest({ "a.md": "a\n", "b.md": "b\n", "c.md": "c\n" })
    const b = guest.roomOf("b.md")
    folder.put("new/d.md", "d\n")
    renameSync(folder.at("b.md"), folder.at("B two.md"))
    rmSync(folder.at("c.md"))
    await folder.list()
    await guest.whenPaths("a.md", "B two.md", "new/d.md")
    expect(guest.roomOf("B two.md")).toBe(b)
  })

  test("a file that somebody writes in keeps its document when it is renamed", async () => {
    const { folder, guest } = await sharedWithGuest({ "Tides.md": "high\n" })
    const tides = await guest.open("Tides.md")
    await tides.whenText("high\n")
    renameSync(folder.at("Tides.md"), folder.at("Ebb.md"))
    tides.text.insert(4, "er")
    await folder.list()
    await guest.whenPaths("Ebb.md")
    await folder.whenOnDisk("Ebb.md", "higher\n")
    expect(existsSync(folder.at("Tides.md"))).toBe(false)
  })

  test("a file that is deleted and put back has the document that it had", async () => {
    const { folder, guest } = await sharedWithGuest({ "Tides.md": "high\n", "x.md": "" })
    const room = guest.roomOf("Tides.md")
    rmSync(folder.at("Tides.md"))
    await folder.list()
    await guest.whenPaths("x.md")
    folder.put("Tides.md", "low\n")
    await folder.list()
    await guest.whenPaths("Tides.md", "x.md")
    expect(guest.roomOf("Tides.md")).toBe(room)
  })

  test("a file that is moved out of the folder is shared no longer", async () => {
    const { folder, guest } = await sharedWithGuest({ "Diary.md": "dear\n", "x.md": "" })
    const room = guest.roomOf("Diary.md")
    const diary = await guest.open("Diary.md")
    await diary.whenText("dear\n")
    const private_ = join(temporaryFolder(), "Diary.md")
    renameSync(folder.at("Diary.md"), private_)
    await folder.host.server.mirror.appeared([private_])
    await folder.list()
    expect(await diary.whenClosed()).toBe(CloseCode.Forbidden)
    await guest.whenPaths("x.md")
    expect(await guest.enter(room).whenClosed()).toBe(CloseCode.Forbidden)
  })

  test("what happened while the server was stopped is in the tree afterwards", async () => {
    const { folder, guest } = await sharedWithGuest({ "a.md": "a\n", "b.md": "b\n", "c.md": "c\n" })
    const [a, b] = [guest.roomOf("a.md"), guest.roomOf("b.md")]
    await folder.host.stop()
    renameSync(folder.at("b.md"), folder.at("bee.md"))
    rmSync(folder.at("c.md"))
    folder.put("d.md", "d\n")
    const again = await folder.sharedBy(await startAgain(folder.host))
    expect(again.room).toBe(folder.room)
    const later = await FolderGuest.at(again.host, again.room)
    await later.whenPaths("a.md", "bee.md", "d.md")
    expect([later.roomOf("a.md"), later.roomOf("bee.md")]).toEqual([a, b])
  })

  test("a link beside the file that it leads to is not a second document", async () => {
    const folder = await FolderOnDisk.shared({ "a.md": "a\n" })
    symlinkSync(folder.at("a.md"), folder.at("b.md"))
    await folder.host.server.folders.listed(folder.room, ["a.md", "b.md"])
    const guest = await FolderGuest.at(folder.host, folder.room)
    await guest.whenPaths("a.md")
  })
})

describe("what a guest does in the tree", () => {
  test("a new file is made on the host's disk, with what was written in it meanwhile", async () => {
    const { folder, guest } = await sharedWithGuest({ "a.md": "a\n" })
    const room = newFileRoom(folder.room)
    guest.put(room, "notes/Mine.md")
    const mine = await guest.enter(room).whenSynced()
    mine.text.insert(0, "my words")
    await folder.whenOnDisk("notes/Mine.md", "my words")
    await folder.list()
    await guest.whenPaths("a.md", "notes/Mine.md")
    expect(guest.roomOf("notes/Mine.md")).toBe(room)
  })

  test("a list that was read before the file was made does not take it away", async () => {
    const { folder, guest } = await sharedWithGuest({ "a.md": "a\n" })
    guest.put(newFileRoom(folder.room), "Mine.md")
    await folder.whenOnDisk("Mine.md", "")
    await folder.host.server.folders.listed(folder.room, ["a.md"])
    await guest.whenPaths("Mine.md", "a.md")
  })

  test("a name that is taken gets a number, on the disk and for all", async () => {
    const { folder, guest } = await sharedWithGuest({ "Mine.md": "the first\n" })
    const first = guest.roomOf("Mine.md")
    guest.put(newFileRoom(folder.room), "Mine.md")
    guest.put(newFileRoom(folder.room), "mine.md")
    await guest.whenPaths("Mine.md", "Mine (2).md", "mine (3).md")
    expect(guest.roomOf("Mine.md")).toBe(first)
    expect(folder.read("Mine.md")).toBe("the first\n")
  })

  test("another name renames the file, and nothing is put over another file", async () => {
    const { folder, guest } = await sharedWithGuest({ "a.md": "a\n", "b.md": "b\n" })
    const [a, b] = [guest.roomOf("a.md"), guest.roomOf("b.md")]
    // Of this one the list knows nothing yet.
    folder.put("c.md", "c\n")
    guest.put(a, "notes/a.md")
    guest.put(b, "c.md")
    await guest.whenPaths("notes/a.md", "c (2).md")
    expect(folder.files()).toEqual(["c (2).md", "c.md", "notes/a.md"])
    expect([folder.read("c.md"), folder.read("c (2).md")]).toEqual(["c\n", "b\n"])
    expect(guest.roomOf("notes/a.md")).toBe(a)
  })

  test("a file that is taken out of the tree stays on the disk, and comes back", async () => {
    const { folder, guest } = await sharedWithGuest({ "a.md": "a\n" })
    const room = guest.roomOf("a.md")
    guest.remove(room)
    await guest.tree.whenDurable()
    await guest.whenPaths("a.md")
    expect(guest.roomOf("a.md")).toBe(room)
    expect(folder.read("a.md")).toBe("a\n")
  })

  test("a file that was deleted on the disk is made again once somebody puts it back", async () => {
    const { folder, guest } = await sharedWithGuest({ "notes/a.md": "a\n", "x.md": "" })
    const room = guest.roomOf("notes/a.md")
    const a = await guest.open("notes/a.md")
    await a.whenText("a\n")
    rmSync(folder.at("notes"), { recursive: true })
    await folder.list()
    await guest.whenPaths("x.md")
    a.text.insert(1, " word more")
    guest.put(room, "notes/a.md")
    await folder.whenOnDisk("notes/a.md", "a word more\n")
    await guest.whenPaths("notes/a.md", "x.md")
    expect(guest.roomOf("notes/a.md")).toBe(room)
  })

  test.each([
    "../outside.md",
    "/outside.md",
    "a/../../outside.md",
    "link/outside.md",
    ".hidden.md",
    "con.md",
    "",
    "a\u0000b.md",
    "x".repeat(Limits.treePathLength + 1),
    7,
    null,
  ])("a path that leads elsewhere or nowhere makes nothing: %j", async (path) => {
    const { folder, guest } = await sharedWithGuest({ "a.md": "a\n" })
    const outside = temporaryFolder()
    symlinkSync(outside, folder.at("link"))
    guest.put(newFileRoom(folder.room), path)
    guest.put(guest.roomOf("a.md"), path)
    guest.put("lobby", "lobby.md")
    guest.put(newFileRoom(folder.room), "last.md")
    await folder.whenOnDisk("last.md", "")
    await waitFor(
      () => [...guest.tree.doc.getMap("files").values()].sort().join() === "a.md,last.md",
      () => `the tree is as before: ${JSON.stringify([...guest.tree.doc.getMap("files")])}`,
    )
    expect(existsSync(join(outside, "outside.md"))).toBe(false)
    expect(existsSync(join(folder.path, "..", "outside.md"))).toBe(false)
  })
})

describe("how much a shared folder may hold", () => {
  const files = Array.from({ length: Limits.sharedFolderFiles + 1 }, (_, index) => `${index}.md`)

  test("as many as the limit are shared", async () => {
    const host = await startServer()
    const path = temporaryFolder()
    mkdirSync(join(path, "x"))
    for (const file of files) writeFileSync(join(path, file), "")
    const room = await host.server.folders.host(path, files.slice(1))
    const guest = await FolderGuest.at(host, room)
    expect(guest.files.size).toBe(Limits.sharedFolderFiles)
    // One more that turns up later stays outside.
    await host.server.folders.listed(room, [...files.slice(1), "0.md"])
    guest.put(newFileRoom(room), "mine.md")
    await guest.tree.whenDurable()
    await waitFor(
      () => guest.files.size === Limits.sharedFolderFiles,
      () => `the tree has ${guest.files.size} files`,
    )
    expect(existsSync(join(path, "mine.md"))).toBe(false)
  })

  test("one more is refused with a sentence, and nothing is shared", async () => {
    const host = await startServer()
    const path = temporaryFolder()
    await expect(host.server.folders.host(path, files)).rejects.toMatchObject({ code: "FOLDER_TOO_LARGE" })
    expect(await host.server.folders.list()).toEqual([])
  })
})
