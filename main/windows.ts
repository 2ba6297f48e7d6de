import { nativeTheme, screen, type WebContents } from "electron"
import type { IpcEvent, IpcEvents, Workspace } from "../protocol/ipc.ts"
import { backgrounds } from "./browser-window.ts"
import type { FolderWatches } from "./folder-watches.ts"
import type { Log } from "./log.ts"
import { type SettingsFile, windowOf, withWindow } from "./settings.ts"
import { AppWindow } from "./window.ts"
import { type Bounds, cascadedBounds, visibleBounds } from "./window-bounds.ts"
import { isSame } from "./workspace.ts"

export interface WindowsOptions {
  settings: SettingsFile
  bundle: string
  watches: FolderWatches
  log: Log
  /** The list of windows, or which one is in front, has changed. */
  changed(): void
  /** A person was asked about words while the app was quitting, and lets them go. */
  quitAgain(): void
}

type Quitting = "no" | "yes"
const noTabs = { open: [], active: null, places: {} }

/** All windows: one a workspace. What is open, and where, is kept at every change, for a kill gives no notice. */
export class Windows {
  readonly #options: WindowsOptions
  /** The last used one first. */
  #windows: AppWindow[] = []
  #quitting: Quitting = "no"

  constructor(options: WindowsOptions) {
    this.#options = options
    nativeTheme.on("updated", () => this.#paint())
  }

  get all(): readonly AppWindow[] {
    return this.#windows
  }

  /** The one in front; null when there is none. */
  get front(): AppWindow | null {
    return this.#windows[0] ?? null
  }

  /** From now on closing a window does not mean that the next start is to be without it. */
  quitBegins(): void {
    this.#quitting = "yes"
  }

  of(contents: WebContents): AppWindow | null {
    return this.#windows.find((window) => window.owns(contents)) ?? null
  }

  showing(workspace: Workspace): AppWindow | null {
    return this.#windows.find((window) => isSame(window.workspace, workspace)) ?? null
  }

  /** Brings the workspace to the front: in the window that shows it, else in an empty one, else in a new one. */
  show(workspace: Workspace): AppWindow {
    const present = this.showing(workspace)
    if (present !== null) {
      present.focus()
      return present
    }
    const empty = this.showing({ kind: "none" })
    return empty === null ? this.#open(workspace) : this.#fill(empty, workspace)
  }

  broadcast<E extends IpcEvent>(event: E, payload: IpcEvents[E]): void {
    for (const window of this.#windows) window.send(event, payload)
  }

  /** The host of a joined document is another one. */
  changeJoined(workspace: Extract<Workspace, { kind: "joined" }>): void {
    this.showing(workspace)?.changeJoined(workspace)
  }

  documentMoved(room: string, { from, to }: { from: string; to: string }): void {
    for (const window of this.#windows) window.documentMoved(room, from, to)
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#windows.map((window) => window.dispose()))
  }

  #fill(empty: AppWindow, workspace: Workspace): AppWindow {
    this.#forget({ kind: "none" })
    empty.show(workspace, windowOf(this.#options.settings.kept, workspace)?.tabs ?? noTabs)
    empty.focus()
    this.#options.changed()
    return empty
  }

  #open(workspace: Workspace): AppWindow {
    const { settings, bundle, watches, log } = this.#options
    const saved = windowOf(settings.kept, workspace)
    const window = new AppWindow(
      {
        workspace,
        bounds: this.#boundsFor(saved?.bounds ?? null),
        maximized: saved?.maximized ?? false,
        dark: nativeTheme.shouldUseDarkColors,
        tabs: saved?.tabs ?? noTabs,
        bundle,
        watches,
        log,
      },
      {
        changed: (changed) => this.#keep(changed),
        focused: (focused) => this.#toFront(focused),
        closed: (closed) => this.#closed(closed),
        kept: () => {
          this.#quitting = "no"
        },
        released: () => {
          if (this.#quitting === "yes") this.#options.quitAgain()
        },
      },
    )
    this.#windows.unshift(window)
    this.#keep(window)
    this.#options.changed()
    return window
  }

  #boundsFor(remembered: Bounds | null): Bounds {
    const main = screen.getPrimaryDisplay()
    const others = screen.getAllDisplays().filter((display) => display.id !== main.id)
    const areas: [Bounds, ...Bounds[]] = [main.workArea, ...others.map((display) => display.workArea)]
    const last = this.front?.saved().bounds ?? null
    return remembered === null && last !== null
      ? cascadedBounds(last, areas)
      : visibleBounds(remembered, areas)
  }

  #keep(window: AppWindow): void {
    this.#options.settings.change((kept) => withWindow(kept, window.saved()))
  }

  #toFront(window: AppWindow): void {
    if (this.front === window) return
    this.#windows = [window, ...this.#windows.filter((other) => other !== window)]
    this.#keep(window)
    this.#options.changed()
  }

  #closed(window: AppWindow): void {
    this.#windows = this.#windows.filter((other) => other !== window)
    window.dispose().catch((error: unknown) => this.#options.log.warn("window-not-disposed", { error }))
    // Where closing the last window ends the app, that window is where the person wants to go on.
    const endsApp = this.#windows.length === 0 && process.platform !== "darwin"
    if (this.#quitting === "no" && !endsApp) this.#forget(window.workspace)
    this.#options.changed()
  }

  /** The next start is to be without it; where it stood stays known. */
  #forget(workspace: Workspace): void {
    this.#options.settings.change((kept) => {
      const saved = windowOf(kept, workspace)
      return saved === null ? kept : withWindow(kept, { ...saved, open: false })
    })
  }

  #paint(): void {
    const background = nativeTheme.shouldUseDarkColors ? backgrounds.dark : backgrounds.light
    for (const { browser } of this.#windows)
      if (!browser.isDestroyed()) browser.setBackgroundColor(background)
  }
}
