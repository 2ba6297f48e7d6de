import { realpath, stat } from "node:fs/promises"
import { join } from "node:path"
import { dialog, type OpenDialogOptions } from "electron"
import { documentEndings, isDocumentName } from "../protocol/document-name.ts"
import { AppError } from "../protocol/errors.ts"
import { parseInviteLink } from "../protocol/invite.ts"
import type { RecentEntry } from "../protocol/ipc.ts"
import { isInside, relativeDocument } from "./document-path.ts"
import { makeEmptyFile } from "./documents.ts"
import type { EmbeddedServer } from "./embedded-server.ts"
import { fileFailure } from "./file-failure.ts"
import type { Launch } from "./launch.ts"
import type { Log } from "./log.ts"
import { type SettingsFile, withRecent } from "./settings.ts"
import type { Sharing } from "./sharing.ts"
import type { AppWindow } from "./window.ts"
import type { Windows } from "./windows.ts"
import { fileWorkspace, folderWorkspace, keyOf, type NamedWorkspace, recentEntry } from "./workspace.ts"

const documentFilter = {
  name: "Text and Markdown",
  extensions: documentEndings.map((ending) => ending.slice(1)),
}

export interface OpenerOptions {
  windows: Windows
  settings: SettingsFile
  server: Pick<EmbeddedServer, "request" | "address">
  sharing: Pick<Sharing, "folderOf">
  log: Log
  /** Where dialogs begin. */
  documentsFolder: string
  recentChanged(opened: NamedWorkspace): void
}

/** Every way in which something comes to be shown: paths, dialogs, recent ones, links, and the last time. */
export class Opener {
  readonly #options: OpenerOptions

  constructor(options: OpenerOptions) {
    this.#options = options
  }

  /** Opens what a start asked for. Failures are shown to the person; a window is there afterwards in any case. */
  async launch({ paths, links }: Launch): Promise<void> {
    if (paths.length + links.length === 0) {
      if (this.#options.windows.all.length === 0) await this.restore()
      else this.#options.windows.front?.focus()
      return
    }
    for (const path of paths) await this.#tell(() => this.openPath(path))
    for (const link of links) await this.#tell(() => this.join(link))
    if (this.#options.windows.all.length === 0) this.#options.windows.show({ kind: "none" })
  }

  /** The windows of the last time; what is gone from the disk is left out. */
  async restore(): Promise<void> {
    const { windows, settings } = this.#options
    const saved = settings.kept.windows.filter((entry) => entry.open).reverse()
    for (const { workspace } of saved) {
      if (workspace.kind === "none" || !(await isMissing(workspace))) windows.show(workspace)
    }
    if (windows.all.length === 0) windows.show({ kind: "none" })
  }

  /** @throws AppError FILE_… of the first that cannot be opened; the others are opened all the same */
  async openPaths(paths: readonly string[]): Promise<void> {
    const failures: unknown[] = []
    for (const path of paths) await this.openPath(path).catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }

  /** Opens a folder, or a file: as a document of the window that shows its folder, else in a window of its own. */
  async openPath(path: string): Promise<void> {
    const { windows } = this.#options
    const { real, isFolder } = await lookAt(path)
    if (isFolder) {
      this.#show(folderWorkspace(real))
      return
    }
    const around = isDocumentName(real) ? this.#windowAround(real) : null
    if (around !== null) {
      around.window.showDocument(relativeDocument(around.folder, real))
      return
    }
    // Asked first, so that a refused file opens no window; while the server starts, the window asks by itself.
    const workspace = fileWorkspace(real)
    const mayBeRefused = this.#options.server.address !== null && windows.showing(workspace) === null
    if (mayBeRefused) await this.#options.server.request({ kind: "file-open", path: real })
    this.#show(workspace)
  }

  /** @throws AppError when it is gone: the list then says so, and `find` can help */
  async openRecent(key: string): Promise<void> {
    const workspace = this.#recent(key)
    if (workspace.kind === "joined") this.#show(workspace)
    else await this.openPath(workspace.path)
  }

  /** Asks where a recent folder or file is now, and opens it there. */
  async findRecent(key: string, from: AppWindow | null): Promise<void> {
    const workspace = this.#recent(key)
    if (workspace.kind === "joined") return this.openRecent(key)
    const property = workspace.kind === "folder" ? "openDirectory" : "openFile"
    const title = `Where is “${workspace.title}” now?`
    const [path] = await this.#choose(from, { title, properties: [property] })
    if (path === undefined) return
    await this.openPath(path)
    this.#options.settings.change((kept) => ({
      ...kept,
      recent: kept.recent.filter(
        (entry) => entry.workspace.kind === "none" || keyOf(entry.workspace) !== key,
      ),
    }))
    const opened = this.#options.windows.front?.workspace
    if (opened !== undefined && opened.kind !== "none") this.#options.recentChanged(opened)
  }

  /** @throws AppError INVITE_LINK_INVALID, or why the host refuses */
  async join(link: string): Promise<void> {
    parseInviteLink(link)
    const joined = await this.#options.server.request({ kind: "join", link: link.trim() })
    const own = await this.#options.sharing.folderOf(joined.room)
    if (own !== null) return this.openPath(own)
    this.#show({ kind: "joined", ...joined })
  }

  async openFolderDialog(from: AppWindow | null): Promise<void> {
    await this.openPaths(await this.#choose(from, { properties: ["openDirectory", "createDirectory"] }))
  }

  async openFileDialog(from: AppWindow | null): Promise<void> {
    const filters = [documentFilter, { name: "All files", extensions: ["*"] }]
    await this.openPaths(await this.#choose(from, { properties: ["openFile", "multiSelections"], filters }))
  }

  /** Makes an empty file where the person says. A file that is already there is opened, never emptied. */
  async newFileDialog(from: AppWindow | null): Promise<void> {
    const folder = from?.workspace.kind === "folder" ? from.workspace.path : this.#options.documentsFolder
    const options = {
      defaultPath: join(folder, "Untitled.md"),
      filters: [documentFilter],
      properties: ["createDirectory" as const],
    }
    const { canceled, filePath } =
      from === null
        ? await dialog.showSaveDialog(options)
        : await dialog.showSaveDialog(from.browser, options)
    if (canceled || filePath === "") return
    const path = isDocumentName(filePath) ? filePath : `${filePath}.md`
    const isThere = await stat(path).then(
      () => true,
      () => false,
    )
    if (!isThere) await makeEmptyFile(path)
    await this.openPath(path)
  }

  /** What was opened lately, the newest first, each looked at on the disk. */
  recentEntries(): Promise<RecentEntry[]> {
    return Promise.all(
      this.#options.settings.kept.recent.flatMap(({ workspace, openedAt }) => {
        if (workspace.kind === "none") return []
        return [isMissing(workspace).then((missing) => recentEntry(workspace, openedAt, missing))]
      }),
    )
  }

  /** Does something that a person asked for outside of a page, and tells them when it cannot be done. */
  async attempt(work: () => Promise<void>): Promise<void> {
    await this.#tell(work)
  }

  async #tell(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#options.log.warn("not-opened", { error })
      const message = error instanceof AppError ? error.message : "This could not be opened."
      // Not awaited: a window comes up behind it.
      this.#message(message).catch((cause: unknown) => this.#options.log.warn("not-told", { error: cause }))
    }
  }

  #message(message: string): Promise<unknown> {
    const front = this.#options.windows.front
    const options = { type: "info" as const, message }
    return front === null ? dialog.showMessageBox(options) : dialog.showMessageBox(front.browser, options)
  }

  #show(workspace: NamedWorkspace): void {
    this.#options.windows.show(workspace)
    this.#options.settings.change((kept) => withRecent(kept, workspace, Date.now()))
    this.#options.recentChanged(workspace)
  }

  #windowAround(file: string): { window: AppWindow; folder: string } | null {
    for (const window of this.#options.windows.all) {
      const { workspace } = window
      if (workspace.kind === "folder" && isInside(workspace.path, file))
        return { window, folder: workspace.path }
    }
    return null
  }

  #recent(key: string): NamedWorkspace {
    for (const { workspace } of this.#options.settings.kept.recent) {
      if (workspace.kind !== "none" && keyOf(workspace) === key) return workspace
    }
    throw new AppError("FILE_NOT_FOUND", "This is not in the list any more.")
  }

  async #choose(from: AppWindow | null, options: OpenDialogOptions): Promise<string[]> {
    const { filePaths } =
      from === null
        ? await dialog.showOpenDialog(options)
        : await dialog.showOpenDialog(from.browser, options)
    return filePaths
  }
}

async function lookAt(path: string): Promise<{ real: string; isFolder: boolean }> {
  try {
    const real = await realpath(path)
    return { real, isFolder: (await stat(real)).isDirectory() }
  } catch (error) {
    throw fileFailure(error, path)
  }
}

/** A joined document is never missing: its words are in the store of this computer. */
async function isMissing(workspace: NamedWorkspace): Promise<boolean> {
  if (workspace.kind === "joined") return false
  return stat(workspace.path).then(
    () => false,
    () => true,
  )
}
