import { mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { formatInviteLink } from "../../../protocol/invite.ts"
import type { Role } from "../../../protocol/role.ts"
import { parseRoomName, type RoomName } from "../../../protocol/room-name.ts"
import { readTreeEntries } from "../../../protocol/shared-folder.ts"
import { TestClient } from "./client.ts"
import { startServer, type TestServer, temporaryFolder } from "./server.ts"
import { waitFor } from "./wait-for.ts"

/** A folder on the disk that a server shares; `list` stands for the app, which watches the folder. */
export class FolderOnDisk {
  readonly path = realpathSync(temporaryFolder())
  readonly host: TestServer
  room: RoomName = parseRoomName("unknown")

  private constructor(host: TestServer) {
    this.host = host
  }

  static async shared(files: Record<string, string>, host?: TestServer): Promise<FolderOnDisk> {
    const folder = new FolderOnDisk(host ?? (await startServer()))
    for (const [path, text] of Object.entries(files)) folder.put(path, text)
    folder.room = await folder.host.server.folders.host(folder.path, folder.files())
    return folder
  }

  /** The same folder at a server that was started again. */
  async sharedBy(host: TestServer): Promise<FolderOnDisk> {
    const folder = Object.assign(new FolderOnDisk(host), { path: this.path })
    folder.room = await host.server.folders.host(this.path, folder.files())
    return folder
  }

  at(path: string): string {
    return join(this.path, path)
  }

  put(path: string, text: string): void {
    mkdirSync(dirname(this.at(path)), { recursive: true })
    writeFileSync(this.at(path), text)
  }

  read(path: string): string {
    return readFileSync(this.at(path), "utf8")
  }

  /** Relative paths of all files. */
  files(): string[] {
    return readdirSync(this.path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
      .map((entry) => join(entry.parentPath, entry.name).slice(this.path.length + 1))
      .sort()
  }

  /** Tells the server what is there now, as the app does when its watch says so. */
  list(): Promise<void> {
    return this.host.server.folders.listed(this.room, this.files())
  }

  async whenOnDisk(path: string, text: string): Promise<void> {
    await waitFor(
      () => this.files().includes(path) && this.read(path) === text,
      () => `${path} says ${JSON.stringify(text)}; there are ${this.files().join(", ")}`,
    )
  }
}

/** Somebody who came by the folder's link. */
export class FolderGuest {
  readonly folder: string
  readonly url: string
  readonly token: string
  readonly tree: TestClient

  private constructor(options: { url: string; folder: string; token: string }) {
    this.url = options.url
    this.folder = options.folder
    this.token = options.token
    this.tree = new TestClient(options.url, { room: options.folder, token: options.token, durable: 1 })
  }

  static async at(server: TestServer, folder: string, role: Role = "editor"): Promise<FolderGuest> {
    return FolderGuest.by({ url: server.wsUrl, folder, token: await server.token(role, folder) })
  }

  static async by(invite: { url: string; folder: string; token: string }): Promise<FolderGuest> {
    const guest = new FolderGuest(invite)
    await guest.tree.whenSynced()
    return guest
  }

  /** Path by room. */
  get files(): Map<string, string> {
    return new Map(
      readTreeEntries(this.tree.doc.getMap("files").entries()).map(({ room, path }) => [room, path]),
    )
  }

  get paths(): string[] {
    return [...this.files.values()].sort()
  }

  roomOf(path: string): string {
    const room = [...this.files].find(([, other]) => other === path)?.[0]
    if (room === undefined) throw new Error(`No ${path} among ${this.paths.join(", ")}`)
    return room
  }

  put(room: string, path: unknown): void {
    this.tree.doc.getMap("files").set(room, path)
  }

  remove(room: string): void {
    this.tree.doc.getMap("files").delete(room)
  }

  /** Opens a file by its room. It may be refused. */
  enter(room: string): TestClient {
    return new TestClient(this.url, { room, token: this.token, durable: 1 })
  }

  async open(path: string): Promise<TestClient> {
    return this.enter(this.roomOf(path)).whenSynced()
  }

  async whenPaths(...paths: string[]): Promise<void> {
    const wanted = [...paths].sort().join()
    await waitFor(
      () => this.paths.join() === wanted,
      () => `the tree has ${wanted}; it has ${this.paths.join()}`,
    )
  }
}

export async function folderLink(host: TestServer, room: RoomName, role: Role = "editor"): Promise<string> {
  const { shares } = host.server
  if (shares === null) throw new Error("This server asks for no tokens")
  const { token } = await shares.start({ room, role, title: "Estuary guide", by: "Mira", expiresIn: null })
  return formatInviteLink({ origin: host.httpUrl, room, token })
}
