import type { EmbeddedServer } from "./embedded-server.ts"
import type { FolderTree } from "./folder-tree.ts"
import type { FolderWatches, WatchedFolder } from "./folder-watches.ts"
import type { Log } from "./log.ts"

interface Shared {
  watched: WatchedFolder
  /** The room of its tree. Null: the server has not been told of the folder yet. */
  room: string | null
}

/** Tells the server what is in the folders that are shared, whether a window shows them or not. */
export class SharedFolders {
  readonly #server: Pick<EmbeddedServer, "request">
  readonly #watches: Pick<FolderWatches, "hold">
  readonly #log: Log
  readonly #shared = new Map<string, Shared>()

  constructor(options: {
    server: Pick<EmbeddedServer, "request">
    watches: Pick<FolderWatches, "hold">
    log: Log
  }) {
    this.#server = options.server
    this.#watches = options.watches
    this.#log = options.log
  }

  /** Keeps the folder's tree from now on, and answers its room. @throws AppError FOLDER_TOO_LARGE, FILE_… */
  async host(path: string): Promise<string> {
    const shared = this.#hold(path)
    try {
      await shared.watched.started
      return await this.#host(path, shared)
    } catch (error) {
      await this.release(path)
      throw error
    }
  }

  /** The folders of these rooms are shared: the server was started, and is told what is in them. */
  async resume(rooms: readonly string[]): Promise<void> {
    if (rooms.length === 0) return
    const { folders } = await this.#server.request({ kind: "folder-list" })
    for (const { room, path } of folders) {
      if (!rooms.includes(room)) continue
      const shared = this.#hold(path)
      shared.room = room
      await shared.watched.started
      this.#tell(path, shared.watched.tree)
    }
  }

  async roomOf(path: string): Promise<string | null> {
    const { folders } = await this.#server.request({ kind: "folder-list" })
    return folders.find((folder) => folder.path === path)?.room ?? null
  }

  async pathOf(room: string): Promise<string | null> {
    const { folders } = await this.#server.request({ kind: "folder-list" })
    return folders.find((folder) => folder.room === room)?.path ?? null
  }

  async release(path: string): Promise<void> {
    const shared = this.#shared.get(path)
    this.#shared.delete(path)
    await shared?.watched.close()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#shared.keys()].map((path) => this.release(path)))
  }

  #hold(path: string): Shared {
    const known = this.#shared.get(path)
    if (known !== undefined) return known
    const shared: Shared = { watched: this.#watches.hold(path, (tree) => this.#tell(path, tree)), room: null }
    this.#shared.set(path, shared)
    return shared
  }

  async #host(path: string, shared: Shared): Promise<string> {
    const { room } = await this.#server.request({
      kind: "folder-host",
      path,
      files: filesOf(shared.watched.tree),
    })
    shared.room = room
    return room
  }

  #tell(path: string, tree: FolderTree): void {
    const room = this.#shared.get(path)?.room ?? null
    // A drive that was taken out empties no tree: the files are with it.
    if (room === null || tree.unreadable) return
    this.#server
      .request({ kind: "folder-listed", room, files: filesOf(tree) })
      .catch((error: unknown) => this.#log.error("folder-not-told", { folder: path, error }))
  }
}

function filesOf({ entries }: FolderTree): string[] {
  return entries.filter(({ kind }) => kind === "file").map(({ path }) => path)
}
