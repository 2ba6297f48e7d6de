import { mkdir, open, realpath } from "node:fs/promises"
import { dirname } from "node:path"
import { newDocumentPath } from "../protocol/document-name.ts"
import type { FileStatus } from "../protocol/embedded.ts"
import { AppError } from "../protocol/errors.ts"
import type { OpenDocument } from "../protocol/ipc.ts"
import { isFolderRoom } from "../protocol/shared-folder.ts"
import { documentInside, newDocumentInside } from "./document-path.ts"
import type { EmbeddedServer } from "./embedded-server.ts"
import { fileFailure } from "./file-failure.ts"
import type { AppWindow } from "./window.ts"

/** Opens documents of windows' workspaces in the embedded server, and knows how their files stand. */
export class Documents {
  readonly #server: Pick<EmbeddedServer, "request">
  readonly #troubles = new Map<string, FileStatus>()
  /** The real paths of the files of rooms that were opened. */
  readonly #files = new Map<string, string>()

  constructor(server: Pick<EmbeddedServer, "request">) {
    this.#server = server
  }

  /** Keeps the last word on a file for windows that open it later. Answers whether the file is somewhere else now. */
  take(status: FileStatus): { from: string; to: string } | null {
    if (status.trouble === null) this.#troubles.delete(status.room)
    else this.#troubles.set(status.room, status)
    const from = this.#files.get(status.room)
    if (from === undefined || from === status.path) return null
    this.#files.set(status.room, status.path)
    return { from, to: status.path }
  }

  /**
   * A new run of the server knows nothing of the troubles of the last one: it tells again what is still amiss once the
   * document is opened. Answers what windows are to be told until then.
   */
  forgetTroubles(): FileStatus[] {
    const forgotten = [...this.#troubles.values()].map((status) => ({ ...status, trouble: null }))
    this.#troubles.clear()
    return forgotten
  }

  /** @throws AppError FILE_…, NOT_ALLOWED for a path that is no part of the window's workspace */
  async open(window: AppWindow, path: string): Promise<OpenDocument> {
    const document = await this.#find(window, path)
    window.opened(document)
    const trouble = this.#troubles.get(document.room)
    if (trouble !== undefined) window.send("file-status", trouble)
    return document
  }

  /** Makes an empty file in the window's folder, with the folders on the way, and opens it. */
  async create(window: AppWindow, text: string): Promise<OpenDocument> {
    const { workspace } = window
    if (workspace.kind !== "folder") throw new AppError("NOT_ALLOWED", "Open a folder first.")
    const path = newDocumentPath(text)
    await makeEmptyFile(await newDocumentInside(workspace.path, path))
    window.refreshTree()
    return this.open(window, path)
  }

  async #find(window: AppWindow, path: string): Promise<OpenDocument> {
    const { workspace } = window
    switch (workspace.kind) {
      case "folder":
        return this.#openFile(path, await documentInside(workspace.path, path))
      case "file":
        if (path !== workspace.path) break
        return this.#openFile(path, await realpath(path).catch(() => path))
      case "joined":
        if (isFolderRoom(workspace.room)) return this.#openShared(workspace.room, path)
        if (path !== workspace.room) break
        return { path, room: workspace.room, title: workspace.title }
      case "none":
        break
    }
    throw new AppError("NOT_ALLOWED", "This window does not show that document.")
  }

  /** A file of a joined folder goes by its room, whatever it is called. */
  async #openShared(folder: string, path: string): Promise<OpenDocument> {
    const { room, title } = await this.#server.request({ kind: "folder-file", folder, room: path })
    return { path, room, title }
  }

  async #openFile(path: string, file: string): Promise<OpenDocument> {
    const { room, title } = await this.#server.request({ kind: "file-open", path: file })
    this.#files.set(room, file)
    return { path, room, title }
  }
}

/** @throws AppError FILE_WRITE when the name is taken, or why the system did not let us */
export async function makeEmptyFile(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(path, "wx")
    await file.close()
  } catch (error) {
    throw fileFailure(error, path)
  }
}
