import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { HostState } from "../../protocol/message.ts"
import { parseRoomName } from "../../protocol/room-name.ts"
import { newFileRoom, readTreeEntries } from "../../protocol/shared-folder.ts"
import { startAgain, Window } from "./support/replicated.ts"
import { startServer, type TestServer, temporaryFolder } from "./support/server.ts"
import { FolderOnDisk, folderLink } from "./support/shared-folder.ts"
import { waitFor } from "./support/wait-for.ts"

/** The window of somebody whose own server has joined the folder. */
class FolderWindow {
  readonly server: TestServer
  readonly folder: FolderOnDisk
  readonly tree: Window

  constructor(server: TestServer, folder: FolderOnDisk, tree: Window) {
    this.server = server
    this.folder = folder
    this.tree = tree
  }

  get files(): Map<string, string> {
    const files = readTreeEntries(this.tree.doc.getMap("files").entries())
    return new Map(files.map(({ room, path }) => [path, room]))
  }

  async whenPaths(...paths: string[]): Promise<void> {
    const wanted = [...paths].sort().join()
    await waitFor(
      () => [...this.files.keys()].sort().join() === wanted,
      () => `the tree has ${wanted}; it has ${[...this.files.keys()].sort().join()}`,
    )
  }

  async open(path: string): Promise<Window> {
    const room = parseRoomName(this.files.get(path) ?? "")
    await this.server.server.replicas.openFile(this.folder.room, room)
    return Window.open(this.server, room)
  }

  make(path: string): string {
    const room = newFileRoom(this.folder.room)
    this.tree.doc.getMap("files").set(room, path)
    return room
  }
}

async function joined(folder: FolderOnDisk): Promise<FolderWindow> {
  const server = await startServer()
  await server.server.replicas.join(await folderLink(folder.host, folder.room))
  return new FolderWindow(server, folder, await Window.open(server, folder.room))
}

describe("a joined folder", () => {
  test("shows the host's tree, and its files open as documents of their own", async () => {
    const folder = await FolderOnDisk.shared({ "Tides.md": "high\n", "notes/Walk.md": "far\n" })
    const window = await joined(folder)
    await window.whenPaths("Tides.md", "notes/Walk.md")
    const tides = await window.open("Tides.md")
    await tides.whenText("high\n")
    tides.text.insert(4, "er")
    await tides.whenSaved()
    await folder.whenOnDisk("Tides.md", "higher\n")
  })

  test("is told what the link is for", async () => {
    const folder = await FolderOnDisk.shared({ "Tides.md": "high\n" })
    const server = await startServer()
    const link = await folderLink(folder.host, folder.room)
    expect(await server.server.replicas.join(link)).toEqual({
      room: folder.room,
      title: "Estuary guide",
      by: "Mira",
      role: "editor",
      host: "Mira's computer",
    })
    expect(await folder.host.server.replicas.join(link)).toMatchObject({
      role: "owner",
      host: "this computer",
    })
  })

  test("a file that was opened before it was shared is joined with the folder", async () => {
    const host = await startServer()
    const path = temporaryFolder()
    writeFileSync(join(path, "Old.md"), "old\n")
    const { room } = await host.server.mirror.open(join(path, "Old.md"))
    const folder = await FolderOnDisk.shared({ "New.md": "new\n" }, host)
    writeFileSync(folder.at("Old.md"), "old\n")
    await host.server.mirror.moved(join(path, "Old.md"), folder.at("Old.md"))
    await folder.list()
    const window = await joined(folder)
    await window.whenPaths("New.md", "Old.md")
    expect(window.files.get("Old.md")).toBe(room)
    await (await window.open("Old.md")).whenText("old\n")
  })

  test("a file that is not in it is refused", async () => {
    const folder = await FolderOnDisk.shared({ "Tides.md": "high\n" })
    const window = await joined(folder)
    const stranger = parseRoomName("abcdefghijklmnopqrst")
    await expect(window.server.server.replicas.openFile(folder.room, stranger)).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
    })
  })

  test("what is made and written with the host out of reach is on its disk once it is back", async () => {
    const folder = await FolderOnDisk.shared({ "Tides.md": "high\n" })
    const window = await joined(folder)
    await window.whenPaths("Tides.md")
    const tides = await window.open("Tides.md")
    await tides.whenSaved()
    await folder.host.stop()
    await tides.whenHost({ state: HostState.Away })
    tides.write("low\n")
    const mine = await Window.open(window.server, window.make("Mine.md"))
    mine.write("my words")
    const back = await folder.sharedBy(await startAgain(folder.host))
    await back.whenOnDisk("Tides.md", "high\nlow\n")
    await back.whenOnDisk("Mine.md", "my words")
    await mine.whenSaved()
  })

  test("the end of sharing ends all of it, and a new link brings all of it back", async () => {
    const folder = await FolderOnDisk.shared({ "Tides.md": "high\n" })
    const window = await joined(folder)
    await window.whenPaths("Tides.md")
    const tides = await window.open("Tides.md")
    await tides.whenSaved()
    await folder.host.server.shares?.stop(folder.room)
    await tides.whenHost({ state: HostState.Ended })
    await window.tree.whenHost({ state: HostState.Ended })
    await window.server.server.replicas.join(await folderLink(folder.host, folder.room))
    await tides.whenSaved()
    await window.tree.whenSaved()
  })
})
