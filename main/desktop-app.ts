import { join } from "node:path"
import { type App, ipcMain, Menu, nativeTheme, powerMonitor, session, shell } from "electron"
import type { Knock } from "../protocol/embedded.ts"
import type { ErrorReport } from "../protocol/errors.ts"
import { deepLinkScheme } from "../protocol/invite.ts"
import { serveApp } from "./app-protocol.ts"
import { appOrigin } from "./app-url.ts"
import { windowCalls } from "./calls.ts"
import { Documents } from "./documents.ts"
import { EmbeddedServer } from "./embedded-server.ts"
import { FolderWatches } from "./folder-watches.ts"
import { answerWindows } from "./ipc.ts"
import { type Launch, launchSchema } from "./launch.ts"
import { Lifecycle } from "./lifecycle.ts"
import type { Log } from "./log.ts"
import { type MenuActions, menuTemplate } from "./menu.ts"
import { Nearby } from "./nearby/nearby.ts"
import type { NetworkInterfaces } from "./network-address.ts"
import { Opener } from "./opener.ts"
import { ServerProcess } from "./server-process.ts"
import { SettingsFile, withJoined } from "./settings.ts"
import { Sharing } from "./sharing.ts"
import { confineContents, confineDownloads, denyPermissions } from "./web-safety.ts"
import { Windows } from "./windows.ts"
import { keyOf, type NamedWorkspace } from "./workspace.ts"

const helpPage = "https://manyhands.example"

/** Milliseconds for everything that has to be finished at the end; above the server's own limit. */
const endDeadline = 13_000

export interface DesktopAppOptions {
  app: App
  launch: Launch
  log: Log
  /** The folder of the bundle of main and preload. */
  bundle: string
  /** The folder of the windows' pages. */
  pages: string
  server: { entry: string; env: Record<string, string>; output(chunk: Buffer): void }
  personName: string
  share: {
    /** The best first. */
    listenHosts: readonly string[]
    linkHost(): string
    /** The only address on which others are to find us; null: all. */
    only: string | null
    interfaces(): NetworkInterfaces
  }
  flushLogs(): Promise<void>
}

/** The parts of the running app, there from `ready` on. */
interface Parts {
  settings: SettingsFile
  windows: Windows
  server: EmbeddedServer
  sharing: Sharing
  nearby: Nearby
  opener: Opener
}

/** The app of one profile, from its start to its end. */
export class DesktopApp {
  readonly #options: DesktopAppOptions
  readonly #lifecycle: Lifecycle
  /** What the system asked for before there was anybody to answer. */
  readonly #early: Launch[] = []
  #parts: Parts | null = null
  #storeTrouble: ErrorReport | null = null
  #knocks: readonly Knock[] = []

  constructor(options: DesktopAppOptions) {
    this.#options = options
    this.#lifecycle = new Lifecycle((name, error) => options.log.error("not-finished", { name, error }))
  }

  /** To be called before Electron's `ready`, which it waits for. Resolves when the first window is on its way. */
  async start(): Promise<void> {
    const { app, log, launch } = this.#options
    this.#listenToSystem()
    confineContents(app, log)
    const folder = app.getPath("userData")
    const [settings] = await Promise.all([
      SettingsFile.open(folder, this.#options.personName, log),
      app.whenReady(),
    ])
    nativeTheme.themeSource = settings.kept.theme
    denyPermissions(session.defaultSession, log)
    confineDownloads(session.defaultSession, log)
    serveApp(session.defaultSession, this.#options.pages)
    const parts = this.#assemble(settings)
    this.#parts = parts
    this.#joinEnd(parts)
    parts.server.start()
    this.#drawMenu()
    this.#registerDeepLinks()
    await parts.opener.launch(merged([launch, ...this.#early]))
    log.info("started", { version: app.getVersion(), electron: process.versions["electron"], folder })
  }

  #assemble(settings: SettingsFile): Parts {
    const { app, log, bundle, share } = this.#options
    const watches = new FolderWatches({
      log,
      appeared: (paths) => {
        server
          .request({ kind: "files-appeared", paths: [...paths] })
          .catch((error: unknown) => log.error("files-not-told", { error }))
      },
    })
    const windows = new Windows({
      settings,
      bundle,
      watches,
      log,
      changed: () => this.#drawMenu(),
      quitAgain: () => app.quit(),
    })
    const server: EmbeddedServer = this.#embeddedServer(settings, windows, {
      running: () => {
        for (const status of documents.forgetTroubles()) windows.broadcast("file-status", status)
        return sharing.resume()
      },
      fileStatus: (status) => {
        const moved = documents.take(status)
        if (moved !== null) windows.documentMoved(status.room, moved)
      },
    })
    const documents = new Documents(server)
    const sharing = new Sharing({
      server,
      watches,
      log,
      listenHosts: share.listenHosts,
      linkHost: share.linkHost,
      port: () => settings.kept.ports.share,
      portChanged: (port) => settings.change((kept) => ({ ...kept, ports: { ...kept.ports, share: port } })),
      announce: (announcements) => nearby.announce(announcements),
    })
    const nearby: Nearby = this.#nearby(settings, { windows, server, opener: () => opener })
    const opener = new Opener({
      windows,
      settings,
      server,
      sharing,
      log,
      documentsFolder: app.getPath("documents"),
      recentChanged: (opened) => this.#recentChanged(opened),
    })
    const handlers = windowCalls({
      opener,
      documents,
      sharing,
      nearby,
      settings,
      windows,
      server,
      version: app.getVersion(),
      storeTrouble: () => this.#storeTrouble,
      knocks: () => this.#knocks,
    })
    // Hosts that went out of reach while the computer slept are tried at once, not at the end of a long pause.
    powerMonitor.on("resume", () => {
      server.request({ kind: "retry-hosts" }).catch((error: unknown) => log.error("retry-failed", { error }))
    })
    answerWindows({ ipcMain, handlers, callerOf: (contents) => windows.of(contents), log })
    nearby.look(settings.kept.looksNearby)
    return { settings, windows, server, sharing, nearby, opener }
  }

  #nearby(
    settings: SettingsFile,
    { windows, server, opener }: { windows: Windows; server: EmbeddedServer; opener(): Opener },
  ): Nearby {
    const { log, share } = this.#options
    return new Nearby({
      // Random, and the same at every start.
      host: settings.kept.person.id.slice(0, 8),
      interfaces: share.interfaces,
      only: share.only,
      person: () => ({ ...settings.kept.person, name: settings.kept.person.name || "Somebody" }),
      joinedRooms: async () => (await server.request({ kind: "joined-list" })).rooms,
      canReopen: (room) =>
        settings.kept.recent.some(({ workspace }) => workspace.kind === "joined" && workspace.room === room),
      reopen: (room) => opener().openRecent(room),
      join: (link) => opener().join(link),
      moved: async (room, origin) =>
        (await server.request({ kind: "replica-moved", room, origin })).isInvited,
      changed: (view) => windows.broadcast("nearby", view),
      log,
    })
  }

  #embeddedServer(
    settings: SettingsFile,
    windows: Windows,
    told: { running(): Promise<void>; fileStatus(status: Parameters<Documents["take"]>[0]): void },
  ): EmbeddedServer {
    const { app, log, server } = this.#options
    const storeFolder = join(app.getPath("userData"), "store")
    return new EmbeddedServer({
      port: settings.kept.ports.local,
      launch: (port) => ({
        entry: server.entry,
        env: {
          ...server.env,
          HOST: "127.0.0.1",
          PORT: String(port),
          DATA_DIR: storeFolder,
          ALLOWED_ORIGINS: appOrigin,
          LOG_LEVEL: "info",
        },
      }),
      fork: (launch, events) => new ServerProcess(launch, events),
      output: server.output,
      log,
      addressChanged: (address) => {
        windows.broadcast("server", address)
        // Those who had asked ask again: the server keeps them in memory only.
        if (address === null) this.#tellKnocks(windows, [])
        if (address !== null) void told.running()
      },
      portChanged: (port) => settings.change((kept) => ({ ...kept, ports: { ...kept.ports, local: port } })),
      fileStatus: (status) => {
        told.fileStatus(status)
        windows.broadcast("file-status", status)
      },
      fileNotice: (room, notice) => {
        for (const window of windows.all) if (window.documentOf(room) !== null) window.send("notice", notice)
      },
      knocks: (knocks) => this.#tellKnocks(windows, knocks),
      joinedMoved: (joined) => {
        windows.changeJoined({ kind: "joined", ...joined })
        settings.change((kept) => withJoined(kept, { kind: "joined", ...joined }))
      },
      absence: (room) => windows.broadcast("absence", { room }),
      storeStatus: (trouble) => {
        this.#storeTrouble = trouble
        windows.broadcast("store-trouble", trouble)
      },
    })
  }

  #tellKnocks(windows: Windows, knocks: readonly Knock[]): void {
    const isNews = knocks.some(({ id }) => !this.#knocks.some((known) => known.id === id))
    this.#knocks = knocks
    windows.broadcast("knocks", [...knocks])
    if (isNews) windows.front?.callAttention()
  }

  #listenToSystem(): void {
    const { app, log } = this.#options
    app.on("second-instance", (_event, _argv, _cwd, data) => {
      const parsed = launchSchema.safeParse(data)
      if (parsed.success) this.#take(parsed.data)
      else log.error("second-start-invalid", { error: parsed.error })
    })
    app.on("open-url", (event, link) => {
      event.preventDefault()
      this.#take({ paths: [], links: [link] })
    })
    app.on("open-file", (event, path) => {
      event.preventDefault()
      this.#take({ paths: [path], links: [] })
    })
    app.on("activate", () => {
      if (this.#parts !== null && this.#parts.windows.all.length === 0) this.#take({ paths: [], links: [] })
    })
    app.on("window-all-closed", () => {
      if (process.platform !== "darwin") app.quit()
    })
    app.on("child-process-gone", (_event, details) => log.warn("child-process-gone", { ...details }))
  }

  #take(launch: Launch): void {
    if (this.#parts === null) this.#early.push(launch)
    else void this.#parts.opener.launch(launch)
  }

  /** The end is taken once; whoever asks to quit meanwhile waits for the same end. */
  #joinEnd({ settings, windows, server, sharing, nearby }: Parts): void {
    const { app, log, flushLogs } = this.#options
    this.#lifecycle.join("server", () => server.stop())
    this.#lifecycle.join("windows", () => windows.dispose())
    this.#lifecycle.join("nearby", () => nearby.close())
    this.#lifecycle.join("shared folders", () => sharing.close())
    this.#lifecycle.join("settings", () => settings.flush())
    app.on("before-quit", () => windows.quitBegins())
    app.on("will-quit", (event) => {
      event.preventDefault()
      if (this.#lifecycle.state.name !== "running") return
      void this.#lifecycle.end(endDeadline).then(async (unfinished) => {
        log.info("ended", { unfinished })
        await flushLogs()
        app.exit(unfinished.length === 0 ? 0 : 1)
      })
    })
  }

  #recentChanged(opened: NamedWorkspace): void {
    const { app, log } = this.#options
    if (opened.kind !== "joined") app.addRecentDocument(opened.path)
    this.#drawMenu()
    this.#parts?.opener
      .recentEntries()
      .then((recent) => this.#parts?.windows.broadcast("recent", recent))
      .catch((error: unknown) => log.error("recent-not-told", { error }))
  }

  #drawMenu(): void {
    if (this.#parts === null) return
    const { settings, windows } = this.#parts
    const recent = settings.kept.recent.flatMap(({ workspace }) =>
      workspace.kind === "none" ? [] : [{ key: keyOf(workspace), title: workspace.title }],
    )
    const state = { platform: process.platform, recent, hasWindow: windows.all.length > 0 }
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(state, this.#menuActions(this.#parts))))
  }

  #menuActions({ windows, opener }: Parts): MenuActions {
    const attempt = (work: () => Promise<void>): void => void opener.attempt(work)
    return {
      command: (command) => windows.front?.send("menu", command),
      newFile: () => {
        const { front } = windows
        if (front?.workspace.kind === "folder") front.send("menu", "new-file")
        else attempt(() => opener.newFileDialog(front))
      },
      openFile: () => attempt(() => opener.openFileDialog(windows.front)),
      openFolder: () => attempt(() => opener.openFolderDialog(windows.front)),
      openRecent: (key) => attempt(() => opener.openRecent(key)),
      closeWindow: () => windows.front?.close(),
      help: () => attempt(() => shell.openExternal(helpPage)),
    }
  }

  /** Linux learns of the links from the installed package; a build that is being worked on claims none. */
  #registerDeepLinks(): void {
    const { app } = this.#options
    if (app.isPackaged && process.platform !== "linux") app.setAsDefaultProtocolClient(deepLinkScheme)
  }
}

function merged(launches: readonly Launch[]): Launch {
  return { paths: launches.flatMap(({ paths }) => paths), links: launches.flatMap(({ links }) => links) }
}
