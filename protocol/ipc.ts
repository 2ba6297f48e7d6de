/**
 * What a window and Electron's main process say to each other. The preload exposes exactly `Bridge`; main parses every
 * argument with `ipcArguments` and checks the sender once, in one place. Failures that a person should read travel as
 * values (`Outcome`), never as exceptions, because Electron would wrap their text.
 */
import { z } from "zod"
import type { Absence } from "./absence.ts"
import type { FileStatus, Knock } from "./embedded.ts"
import type { ErrorReport } from "./errors.ts"
import { Limits } from "./limits.ts"
import { peerColours } from "./presence.ts"
import type { Role } from "./role.ts"

export type Outcome<T> = { ok: true; value: T } | { ok: false; error: ErrorReport }

/** Where windows reach the embedded server. */
export interface ServerAddress {
  /** `ws://127.0.0.1:PORT` */
  url: string
  token: string
}

export const themeChoices = ["system", "light", "dark"] as const
export type ThemeChoice = (typeof themeChoices)[number]

/** What a person chose, kept over restarts. */
export interface Settings {
  person: { id: string; name: string; peer: number }
  theme: ThemeChoice
}

export interface RecentEntry {
  kind: "folder" | "file" | "joined"
  /** A folder or file: its absolute path. A joined document: its room. */
  key: string
  title: string
  /** Where it is, in words: the parent folder, or the host. */
  place: string
  /** Milliseconds since 1970. */
  openedAt: number
  missing: boolean
}

/** As the host of a joined document: it was ours all along, or we took it over. */
export const ownHost = "this computer"

/** What a window shows. Paths inside a folder are relative, with `/`. */
export type Workspace =
  | { kind: "none" }
  | { kind: "folder"; path: string; title: string }
  | { kind: "file"; path: string; title: string }
  /** Somebody else's document, or a folder: then the room is that of its tree. */
  | { kind: "joined"; room: string; title: string; by: string; host: string; role: Role }

export interface TreeEntry {
  /** Relative to the workspace's folder, with `/`. */
  path: string
  kind: "folder" | "file"
}

export interface OpenDocument {
  /** Relative path in a folder, absolute for a single file, the room for a joined document or a file of a joined folder. */
  path: string
  room: string
  title: string
}

/** Something that somebody on the same network shares. */
export interface NearbyEntry {
  id: string
  title: string
  by: string
  kind: "file" | "folder"
  /** The names of those who are in it now. */
  people: string[]
  /**
   * `ask`: its host has to let us in; `known`: we were in it before; `asking`: we wait for the host's person; `declined`: they have
   * not let us in; `silent`: the host does not answer.
   */
  state: "ask" | "known" | "asking" | "declined" | "silent"
}

export interface NearbyView {
  /** Off until a person asks for it. */
  isLooking: boolean
  entries: NearbyEntry[]
}

/** How a document is shared. The link carries the address that others on this network reach. */
export interface ShareState {
  room: string
  link: string
  title: string
  /** Whether people on the same network see it, and may ask to come in. */
  isNearby: boolean
  /** As what they see it. */
  seenAs: string
  /** The server at which it goes on, as people know it. Null: this computer. */
  server: string | null
}

export interface WindowState {
  workspace: Workspace
  settings: Settings
  recent: RecentEntry[]
  /** Null while the embedded server starts (again); an event brings it. */
  server: ServerAddress | null
  tree: TreeEntry[]
  nearby: NearbyView
  /** Who asks to come in here. */
  knocks: Knock[]
  /** The tabs of the last time, by path, and which one was in front. */
  tabs: {
    open: string[]
    active: string | null
    /** Where the writer was in each of them, by path, as the page wrote it. */
    places: Record<string, string>
  }
  platform: "linux" | "darwin" | "win32"
  version: string
}

/** What the application menu asks the window to do. */
export const menuCommands = [
  "new-file",
  "close-tab",
  "share",
  "find",
  "replace",
  "toggle-files",
  "settings",
  "next-tab",
  "previous-tab",
  "zoom-text-in",
  "zoom-text-out",
  "zoom-text-reset",
  "undo",
  "redo",
] as const
export type MenuCommand = (typeof menuCommands)[number]

const path = z.string().min(1).max(4096)
const nearbyId = z.string().min(1).max(64)
const room = z.string().min(1).max(Limits.roomNameBytes)

/** The arguments of every call that a window may make, as main parses them. */
export const ipcArguments = {
  "window-state": z.tuple([]),
  "open-folder-dialog": z.tuple([]),
  "open-file-dialog": z.tuple([]),
  "new-file-dialog": z.tuple([]),
  "open-recent": z.tuple([z.string().min(1).max(4096)]),
  "find-recent": z.tuple([z.string().min(1).max(4096)]),
  /** Absolute paths of dropped files and folders. */
  "open-paths": z.tuple([z.array(path).max(100)]),
  "join-link": z.tuple([z.string().max(Limits.inviteLinkLength * 2)]),
  "open-document": z.tuple([path]),
  /** A new empty file in the folder; the name may hold `/`. */
  "create-document": z.tuple([path]),
  /** Makes the document's file again, which another program deleted. */
  "restore-document": z.tuple([room]),
  "share-document": z.tuple([room]),
  "stop-sharing": z.tuple([room]),
  "share-state": z.tuple([room]),
  /** The folder of the window, as a whole. */
  "share-folder": z.tuple([]),
  "stop-sharing-folder": z.tuple([]),
  "folder-share-state": z.tuple([]),
  /** Whether people on the network find what is shared by this room's link: a document of the window, or its folder. */
  "set-nearby": z.tuple([room, z.boolean()]),
  /** Has what is shared by this room's link go on at the server of an owner's link. */
  "continue-on-server": z.tuple([room, z.string().max(Limits.inviteLinkLength * 2)]),
  "bring-back": z.tuple([room]),
  /** Becomes the host of what the window has joined, whose host has gone. */
  "take-over": z.tuple([]),
  "answer-knock": z.tuple([nearbyId, z.boolean()]),
  "look-nearby": z.tuple([z.boolean()]),
  /** Asks to come in, or opens what one was in before. */
  "join-nearby": z.tuple([nearbyId]),
  "stop-asking": z.tuple([nearbyId]),
  "read-absence": z.tuple([room]),
  "dismiss-absence": z.tuple([room, z.number()]),
  "save-tabs": z.tuple([z.object({ open: z.array(path).max(200), active: path.nullable() })]),
  /** Where the writer is in an open document. */
  "save-place": z.tuple([path, z.string().max(4096)]),
  "save-settings": z.tuple([
    z.object({
      person: z
        .object({
          name: z.string().trim().min(1).max(Limits.personNameLength),
          peer: z.number().int().min(1).max(peerColours.length),
        })
        .optional(),
      theme: z.enum(themeChoices).optional(),
    }),
  ]),
  "open-external": z.tuple([z.string().max(4096)]),
  "copy-text": z.tuple([z.string().max(Limits.inviteLinkLength * 2)]),
  /** Whether words in this window are nowhere else yet: main asks before it closes the window. */
  "unsaved-words": z.tuple([z.boolean()]),
} as const satisfies Record<string, z.ZodType<readonly unknown[]>>

export type IpcChannel = keyof typeof ipcArguments
export type IpcArguments<C extends IpcChannel> = z.output<(typeof ipcArguments)[C]>

/** What each call answers. */
export interface IpcResults {
  "window-state": WindowState
  "open-folder-dialog": Outcome<null>
  "open-file-dialog": Outcome<null>
  "new-file-dialog": Outcome<null>
  "open-recent": Outcome<null>
  "find-recent": Outcome<null>
  "open-paths": Outcome<null>
  "join-link": Outcome<null>
  "open-document": Outcome<OpenDocument>
  "create-document": Outcome<OpenDocument>
  "restore-document": Outcome<null>
  "share-document": Outcome<ShareState>
  "stop-sharing": Outcome<null>
  "share-state": Outcome<ShareState | null>
  "share-folder": Outcome<ShareState>
  "stop-sharing-folder": Outcome<null>
  /** Null: it is not shared, or the window shows no folder of this computer. */
  "folder-share-state": Outcome<ShareState | null>
  "set-nearby": Outcome<ShareState>
  "continue-on-server": Outcome<ShareState>
  "bring-back": Outcome<ShareState>
  "take-over": Outcome<null>
  "answer-knock": Outcome<null>
  "look-nearby": null
  "join-nearby": Outcome<null>
  "stop-asking": null
  "read-absence": Outcome<Absence | null>
  "dismiss-absence": Outcome<null>
  "save-tabs": null
  "save-place": null
  "save-settings": Settings
  "open-external": Outcome<null>
  "copy-text": null
  "unsaved-words": null
}

/** What main tells a window, unasked. */
export interface IpcEvents {
  server: ServerAddress | null
  tree: TreeEntry[]
  settings: Settings
  recent: RecentEntry[]
  "file-status": FileStatus
  "store-trouble": ErrorReport | null
  /** Something happened to the file of an open document. */
  notice: ErrorReport
  nearby: NearbyView
  knocks: Knock[]
  /** Others wrote in this document while its host was out of reach. */
  absence: { room: string }
  menu: MenuCommand
  /** The window shows something else from now on: ask for its state again. */
  workspace: Workspace
  /** What the window shows has another host; its tabs stay. */
  "joined-changed": Extract<Workspace, { kind: "joined" }>
  /** A document that main wants in front, such as the file that a second start of the app named. */
  "show-document": { path: string }
  /** Another program renamed the file of an open document, or moved it within the folder. */
  "document-moved": { from: string; to: string; title: string }
  /** The person wants copies of the documents whose words are nowhere else yet. */
  "save-copies": null
}
export type IpcEvent = keyof IpcEvents

/** `window.manyhands` in a desktop window; the browser guest has none. */
export interface Bridge {
  call<C extends IpcChannel>(channel: C, ...args: IpcArguments<C>): Promise<IpcResults[C]>
  /** Returns what ends the subscription. */
  on<E extends IpcEvent>(event: E, listener: (payload: IpcEvents[E]) => void): () => void
  /** The absolute path of a dropped file; a window cannot learn it otherwise. */
  pathOf(file: unknown): string
}

/** The prefix of our channels on Electron's ipc. */
export const ipcPrefix = "manyhands:"
