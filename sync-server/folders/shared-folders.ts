import { realpath } from "node:fs/promises"
import { basename, sep } from "node:path"
import type { Logger } from "pino"
import { AppError } from "../../protocol/errors.ts"
import { Limits } from "../../protocol/limits.ts"
import { documentOf, mayEnter } from "../../protocol/role.ts"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import { isFolderRoom, isMadeFor, newFolderRoom, readTreeEntries } from "../../protocol/shared-folder.ts"
import { readError } from "../mirror/file-error.ts"
import type { FileMirror } from "../mirror/file-mirror.ts"
import type { Store } from "../store/store.ts"
import type { RoomHandle, RoomRegistry } from "../sync/room-registry.ts"
import { FolderRecords, type KeptFolder } from "./folder-records.ts"
import { HostedFolder } from "./hosted-folder.ts"

interface Hosted {
  folder: HostedFolder
  handle: RoomHandle
}

/** Folders whose tree others are given: those of this computer's disk, and who may enter the rooms of their files. */
export class SharedFolders {
  readonly #records: FolderRecords
  readonly #registry: Pick<RoomRegistry, "acquire">
  readonly #mirror: FileMirror
  readonly #logger: Logger
  readonly #onLeft: (room: RoomName) => void
  readonly #hosted = new Map<RoomName, Promise<Hosted>>()

  constructor(options: {
    store: Pick<Store, "getRecord" | "putRecord" | "listRecords">
    registry: Pick<RoomRegistry, "acquire">
    mirror: FileMirror
    logger: Logger
    /** The file of this room has left a shared folder: whoever came by the folder is to go. */
    onLeft: (room: RoomName) => void
  }) {
    this.#records = new FolderRecords(options.store)
    this.#registry = options.registry
    this.#mirror = options.mirror
    this.#logger = options.logger
    this.#onLeft = options.onLeft
  }

  /**
   * The room of a folder's tree, which says from now on what is in the folder. The same folder has always the same one.
   * `files` are its documents, relative, with `/`. @throws AppError FOLDER_TOO_LARGE, FILE_NOT_FOUND, FILE_NOT_READABLE
   */
  async host(path: string, files: readonly string[]): Promise<RoomName> {
    if (files.length > Limits.sharedFolderFiles) throw tooLarge(path)
    const real = await realFolder(path)
    const known = (await this.#records.list()).find((folder) => folder.path === real)
    const room = known?.room ?? newFolderRoom()
    const record = { path: real, title: basename(real) || real, adopted: [] }
    if (known === undefined) await this.#records.write(room, record)
    await this.#listed({ ...record, room }, files)
    return room
  }

  /** The documents of a folder that was hosted before, as of now. Nothing is done for one that never was. */
  async listed(room: RoomName, files: readonly string[]): Promise<void> {
    const record = await this.#records.read(room)
    if (record !== null) await this.#listed({ ...record, room }, files)
  }

  /** The folders that were ever hosted from here. */
  async list(): Promise<(KeptFolder & { path: string })[]> {
    const folders = await this.#records.list()
    return folders.flatMap(({ path, ...folder }) => (path === null ? [] : [{ ...folder, path }]))
  }

  /** Whether the tree of this room is that of a folder of this computer's disk. */
  async isHosted(room: RoomName): Promise<boolean> {
    return ((await this.#records.read(room))?.path ?? null) !== null
  }

  /** Takes a folder that came from elsewhere for one of ours: its tree says which files are in it. */
  async keep(room: RoomName): Promise<void> {
    if ((await this.#records.read(room)) !== null) return
    const handle = await this.#registry.acquire(room)
    try {
      const { doc } = handle.room
      const title = doc.getMap("meta").get("title")
      const files = readTreeEntries(doc.getMap("files").entries())
      await this.#records.write(room, {
        path: null,
        title: typeof title === "string" ? title : "",
        adopted: files.map((file) => file.room).filter((file) => !isMadeFor(room, file)),
      })
    } finally {
      handle.release()
    }
  }

  /** The tree is not kept true to the disk any more. */
  async stop(room: RoomName): Promise<void> {
    const hosted = this.#hosted.get(room)
    this.#hosted.delete(room)
    await end(hosted)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#hosted.keys()].map((room) => this.stop(room)))
  }

  /** Whether a token for `tokenRoom` (none: every room) opens `room`. */
  async admits(tokenRoom: string | undefined, room: RoomName): Promise<boolean> {
    if (tokenRoom === undefined || tokenRoom === room || !isFolderRoom(tokenRoom))
      return mayEnter(tokenRoom, room)
    const document = parseRoomName(documentOf(room))
    if (document === tokenRoom) return true
    const [record, path] = await Promise.all([
      this.#records.read(parseRoomName(tokenRoom)),
      this.#mirror.pathOf(document),
    ])
    // A file of this disk is in the folder as long as it is there, whatever its room is called.
    if (path !== null) return record !== null && record.path !== null && path.startsWith(record.path + sep)
    return isMadeFor(tokenRoom, document) || (record?.adopted.includes(document) ?? false)
  }

  async #listed(folder: KeptFolder, files: readonly string[]): Promise<void> {
    const hosted = this.#hosted.get(folder.room) ?? this.#begin(folder)
    this.#hosted.set(folder.room, hosted)
    await (await hosted).folder.listed(files)
  }

  async #begin({ room, path, title }: KeptFolder): Promise<Hosted> {
    if (path === null) throw new AppError("NOT_ALLOWED", "This folder is not on this computer.")
    const handle = await this.#registry.acquire(room)
    const folder = new HostedFolder({
      room: handle.room,
      path,
      title,
      mirror: this.#mirror,
      logger: this.#logger,
      onLeft: this.#onLeft,
    })
    return { folder, handle }
  }
}

async function end(hosting: Promise<Hosted> | undefined): Promise<void> {
  const hosted = await hosting?.catch(() => undefined) // whoever asked for it was told
  await hosted?.folder.close()
  hosted?.handle.release()
}

async function realFolder(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    throw readError(path, error)
  }
}

function tooLarge(path: string): AppError {
  const most = Limits.sharedFolderFiles.toLocaleString("en-GB")
  return new AppError(
    "FOLDER_TOO_LARGE",
    `“${basename(path)}” holds more than ${most} text files. Share a smaller folder, or single files.`,
  )
}
