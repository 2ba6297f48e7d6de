import { randomUUID } from "node:crypto"
import { mkdir, readFile, rename } from "node:fs/promises"
import { dirname, join } from "node:path"
import { z } from "zod"
import { type Settings, themeChoices, type Workspace } from "../protocol/ipc.ts"
import { Limits } from "../protocol/limits.ts"
import { peerColours } from "../protocol/presence.ts"
import { writeDurably } from "./durable-file.ts"
import type { Log } from "./log.ts"
import { isSame, type NamedWorkspace, workspaceSchema } from "./workspace.ts"

const bounds = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
})
const port = z.number().int().min(0).max(65_535)
const tabs = z.object({
  open: z.array(z.string()).max(200),
  active: z.string().nullable(),
  /** Where the writer was in each of them. */
  places: z.record(z.string(), z.string()).default({}),
})

const savedWindow = z.object({
  workspace: workspaceSchema,
  /** Whether the next start without arguments opens it again. */
  open: z.boolean(),
  bounds: bounds.nullable(),
  maximized: z.boolean(),
  tabs,
})
export type SavedWindow = z.infer<typeof savedWindow>

const keptSettings = z.object({
  person: z.object({
    id: z.string().min(1).max(64),
    name: z.string().max(Limits.personNameLength),
    peer: z.number().int().min(1).max(peerColours.length),
  }),
  theme: z.enum(themeChoices),
  /** The newest first. */
  recent: z.array(z.object({ workspace: workspaceSchema, openedAt: z.number() })),
  /** The windows of now and of before, the last used first. */
  windows: z.array(savedWindow),
  /** Where the embedded server listened the last time; 0: nowhere yet. */
  ports: z.object({ local: port, share: port }),
  /** Whether a person wants to see what others on the network share. */
  looksNearby: z.boolean().default(false),
})
/** Everything that the app keeps for itself, apart from documents. */
export type KeptSettings = z.infer<typeof keptSettings>

const limits = { recent: 20, windows: 50 } as const

export function defaultSettings(personName: string): KeptSettings {
  return {
    person: { id: randomUUID(), name: personName, peer: 1 },
    theme: "system",
    recent: [],
    windows: [],
    ports: { local: 0, share: 0 },
    looksNearby: false,
  }
}

/** @throws SyntaxError, z.ZodError when it is not what we once wrote */
export function parseSettings(text: string): KeptSettings {
  return keptSettings.parse(JSON.parse(text))
}

/** The part that windows are told of. */
export function shownSettings({ person, theme }: KeptSettings): Settings {
  return { person, theme }
}

/** The list with the workspace in front. */
export function withRecent(kept: KeptSettings, workspace: NamedWorkspace, openedAt: number): KeptSettings {
  const others = kept.recent.filter((entry) => !isSame(entry.workspace, workspace))
  return { ...kept, recent: [{ workspace, openedAt }, ...others].slice(0, limits.recent) }
}

/** A joined document has another host: it is called so wherever it is kept. */
export function withJoined(kept: KeptSettings, joined: Extract<Workspace, { kind: "joined" }>): KeptSettings {
  const change = <T extends { workspace: Workspace }>(entry: T): T =>
    isSame(entry.workspace, joined) ? { ...entry, workspace: joined } : entry
  return { ...kept, recent: kept.recent.map(change), windows: kept.windows.map(change) }
}

/** Keeps how a window stands; the windows that are open are never forgotten. */
export function withWindow(kept: KeptSettings, saved: SavedWindow): KeptSettings {
  const others = kept.windows.filter((entry) => !isSame(entry.workspace, saved.workspace))
  const windows = [saved, ...others]
  return { ...kept, windows: windows.filter((entry, index) => entry.open || index < limits.windows) }
}

export function windowOf(kept: KeptSettings, workspace: Workspace): SavedWindow | null {
  return kept.windows.find((entry) => isSame(entry.workspace, workspace)) ?? null
}

/** The user's name at the computer as a first name, or "" when it says nothing about a person. */
export function firstName(userName: string): string {
  const [first = ""] = userName.split(/[^\p{L}]+/u)
  const nobody = /^(root|admin|administrator|user|guest|owner|tester?|me|pc|home|ubuntu|debian|runner)$/i
  if (first.length < 2 || first.length > Limits.personNameLength || nobody.test(first)) return ""
  return first[0]?.toUpperCase() + first.slice(1)
}

/**
 * The settings, and the file that they are in. Every change is on disk soon after; a failed write is logged and made
 * good by the next one.
 */
export class SettingsFile {
  readonly #path: string
  readonly #log: Log
  #kept: KeptSettings
  #written: KeptSettings | null
  #tail: Promise<void> = Promise.resolve()

  private constructor(path: string, log: Log, loaded: { kept: KeptSettings; written: KeptSettings | null }) {
    this.#path = path
    this.#log = log
    this.#kept = loaded.kept
    this.#written = loaded.written
  }

  /** Never fails for what the file holds: a broken one is kept beside it as `settings.broken.json`. */
  static async open(folder: string, personName: string, log: Log): Promise<SettingsFile> {
    const path = join(folder, "settings.json")
    await mkdir(folder, { recursive: true })
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") log.error("settings-not-read", { error })
      return null
    })
    const kept = text === null ? null : await parsedOrAside(path, text, log)
    const file = new SettingsFile(path, log, { kept: kept ?? defaultSettings(personName), written: kept })
    file.#writeSoon()
    return file
  }

  get kept(): KeptSettings {
    return this.#kept
  }

  change(make: (kept: KeptSettings) => KeptSettings): KeptSettings {
    this.#kept = make(this.#kept)
    this.#writeSoon()
    return this.#kept
  }

  /** Resolves when every change made before the call is on disk, or could not be written. */
  flush(): Promise<void> {
    return this.#tail
  }

  #writeSoon(): void {
    this.#tail = this.#tail.then(() => this.#write())
  }

  async #write(): Promise<void> {
    if (this.#written === this.#kept) return
    const kept = this.#kept
    try {
      await writeDurably(this.#path, `${JSON.stringify(kept, null, 2)}\n`)
      this.#written = kept
    } catch (error) {
      this.#log.error("settings-not-written", { error })
    }
  }
}

async function parsedOrAside(path: string, text: string, log: Log): Promise<KeptSettings | null> {
  try {
    return parseSettings(text)
  } catch (error) {
    const aside = join(dirname(path), "settings.broken.json")
    log.error("settings-broken", { error, aside })
    await rename(path, aside).catch((cause: unknown) =>
      log.error("settings-not-kept-aside", { error: cause }),
    )
    return null
  }
}
