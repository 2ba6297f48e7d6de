import { newDocumentPath } from "../../protocol/document-name.ts"
import { AppError } from "../../protocol/errors.ts"
import type { Outcome } from "../../protocol/ipc.ts"
import type { Role } from "../../protocol/role.ts"
import { type FolderFile, newFileRoom, readFolderTree } from "../../protocol/shared-folder.ts"
import { Observable } from "../observable.ts"
import { DocumentSession, type SessionPerson } from "./document-session.ts"
import type { Person } from "./session-snapshot.ts"

/** Somebody in the folder, and the room of the file in front of them. */
export interface FolderPerson {
  person: Person
  /** Null: no file is in front of them. */
  room: string | null
}

export interface FolderView {
  /** By their paths. */
  files: readonly FolderFile[]
  /** The tree has come at least once. */
  loaded: boolean
  /** Oneself first, then in the order of arrival. */
  people: readonly FolderPerson[]
  readOnly: boolean
}

export interface FolderSessionOptions {
  url: string
  token: string
  /** The room of the tree. */
  room: string
  person: SessionPerson
  kind: "desktop" | "guest"
  role?: Role
  /** The folder goes on at another server. */
  onMoved?: (to: { origin: string; token: string }) => void
}

/** The tree of a shared folder, and who is in which of its files. Ends with `destroy`. */
export class FolderSession extends Observable<FolderView> {
  /** Of the tree: it has no text, but a connection and people as any document. */
  readonly session: DocumentSession
  readonly #files
  readonly #stop: () => void
  readonly #lastPaths = new Map<string, string>()
  #seen = ""

  constructor(options: FolderSessionOptions) {
    super({ files: [], loaded: false, people: [], readOnly: true })
    this.session = new DocumentSession(options)
    this.#files = this.session.doc.getMap("files")
    const stopPeople = this.session.subscribe(() => this.#peopleChanged())
    const filesChanged = () => this.#change({ files: this.#read() })
    this.#files.observe(filesChanged)
    this.session.awareness.on("change", this.#peopleChanged)
    this.#stop = () => {
      stopPeople()
      this.#files.unobserve(filesChanged)
      this.session.awareness.off("change", this.#peopleChanged)
    }
  }

  pathOf(room: string): string | null {
    return this.snapshot().files.find((file) => file.room === room)?.path ?? null
  }

  /** Where the file was when it was last in the folder. Null: it never was while this was open. */
  lastPathOf(room: string): string | null {
    return this.#lastPaths.get(room) ?? null
  }

  /** The others see which file is in front of oneself. */
  show(room: string | null): void {
    if (this.session.awareness.getLocalState()?.["file"] !== room)
      this.session.awareness.setLocalStateField("file", room)
  }

  /** Adds a new file. Its room is there as soon as somebody opens it. */
  make(text: string): Outcome<FolderFile> {
    try {
      const path = newDocumentPath(text)
      const { files, readOnly } = this.snapshot()
      if (readOnly) throw new AppError("NOT_ALLOWED", "You can read this folder, not change it.")
      if (files.some((file) => file.path.toLowerCase() === path.toLowerCase()))
        throw new AppError("FILE_WRITE", `“${path}” is there already. Choose another name.`)
      const room = newFileRoom(this.session.room)
      this.#files.set(room, path)
      return { ok: true, value: { room, path } }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return { ok: false, error: { code: error.code, message: error.message } }
    }
  }

  /** Brings a file back that was taken out of the folder. */
  putBack(file: FolderFile): void {
    this.#files.set(file.room, file.path)
  }

  destroy(): void {
    this.#stop()
    this.session.destroy()
  }

  #read(): FolderFile[] {
    const files = readFolderTree(this.#files.entries())
    for (const { room, path } of files) this.#lastPaths.set(room, path)
    return files
  }

  readonly #peopleChanged = (): void => {
    const { people, loaded, readOnly } = this.session.snapshot()
    const states = this.session.awareness.getStates()
    const placed = people.map((person) => ({
      person,
      room: person.clientIds.map((id) => fileOf(states.get(id))).find((room) => room !== null) ?? null,
    }))
    // Told of every move of a caret anywhere; most of them change nothing here.
    const seen = JSON.stringify([placed, loaded, readOnly])
    if (seen === this.#seen) return
    this.#seen = seen
    this.#change({ people: placed, loaded, readOnly })
  }

  #change(change: Partial<FolderView>): void {
    this.set({ ...this.snapshot(), ...change })
  }
}

/** What somebody's client shows, which may be any. */
function fileOf(state: unknown): string | null {
  const file: unknown = typeof state === "object" && state !== null ? Reflect.get(state, "file") : null
  return typeof file === "string" ? file : null
}

/** Who else has each file in front, by room. */
export function peopleByRoom(people: readonly FolderPerson[]): ReadonlyMap<string, readonly Person[]> {
  const byRoom = new Map<string, Person[]>()
  for (const { person, room } of people) {
    if (person.self || room === null) continue
    byRoom.set(room, [...(byRoom.get(room) ?? []), person])
  }
  return byRoom
}
