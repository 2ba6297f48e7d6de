import { webSocketOrigin } from "../../protocol/invite.ts"
import type { Role } from "../../protocol/role.ts"
import type { FolderFile } from "../../protocol/shared-folder.ts"
import { Observable } from "../observable.ts"
import { DocumentSession, type SessionPerson } from "../session/document-session.ts"
import { FolderSession } from "../session/folder-session.ts"
import { firstFile } from "../ui/tree-nodes.ts"
import { UnsentShelf } from "./unsent-shelf.ts"
import { UnsentWords } from "./unsent-words.ts"

export interface OpenFile {
  session: DocumentSession
  unsent: UnsentWords
}

interface GuestFolderOptions {
  origin: string
  token: string
  /** The room of the tree. */
  room: string
  person: SessionPerson
  role: Role
  /** The file to begin with; null: the first. */
  file: string | null
  /** The folder goes on at another server. */
  onMoved: (to: { origin: string; token: string }) => void
  /** Another file is in front. */
  opened: (room: string) => void
}

/** A shared folder in a browser: its tree, the file in front, and those whose words are still on their way. */
export class GuestFolder extends Observable<OpenFile | null> {
  readonly tree: FolderSession
  readonly #options: GuestFolderOptions
  #person: SessionPerson
  /** Files that are not in front any more, and have words that are not at the host yet. */
  readonly #leaving = new Map<string, OpenFile>()
  readonly #stop: () => void
  #hasBegun = false

  constructor(options: GuestFolderOptions) {
    super(null)
    this.#options = options
    this.#person = options.person
    this.tree = new FolderSession({
      url: webSocketOrigin(options.origin),
      token: options.token,
      room: options.room,
      person: options.person,
      kind: "guest",
      role: options.role,
      onMoved: options.onMoved,
    })
    this.#stop = this.tree.subscribe(() => this.#begin())
  }

  /** Whether there are words anywhere that only this tab has. */
  get hasUnsentWords(): boolean {
    return this.#all().some(({ session }) => session.snapshot().changes > 0)
  }

  /** Brings a file to the front. The one that was there is left once all its words are at the host. */
  open(room: string): void {
    const before = this.snapshot()
    if (before?.session.room === room) return
    if (before !== null) this.#leave(before)
    const file = this.#leaving.get(room) ?? this.#enter(room)
    this.#leaving.delete(room)
    file.session.appear()
    this.#hasBegun = true
    this.tree.show(room)
    this.set(file)
    this.#options.opened(room)
  }

  setPerson(person: SessionPerson): void {
    this.#person = person
    this.tree.session.setPerson(person)
    for (const { session } of this.#all()) session.setPerson(person)
  }

  destroy(): void {
    this.#stop()
    this.tree.destroy()
    for (const { session } of this.#all()) session.destroy()
    this.#leaving.clear()
  }

  #all(): OpenFile[] {
    const front = this.snapshot()
    return [...this.#leaving.values(), ...(front === null ? [] : [front])]
  }

  /** Once the tree is here: opens a file, and brings to the host what an earlier tab could not. */
  #begin(): void {
    const { files, loaded } = this.tree.snapshot()
    if (!loaded || files.length === 0 || this.#hasBegun) return
    const wanted = files.find(({ room }) => room === this.#options.file) ?? firstFile(files)
    if (wanted !== undefined) this.open(wanted.room)
    void this.#bringUnsent(files)
  }

  async #bringUnsent(files: readonly FolderFile[]): Promise<void> {
    for (const room of await roomsWithUnsentWords()) {
      const isInFolder = files.some((file) => file.room === room)
      const isOpen = this.#all().some(({ session }) => session.room === room)
      if (isInFolder && !isOpen) this.#leave(this.#enter(room))
    }
  }

  #enter(room: string): OpenFile {
    const { origin, token, role } = this.#options
    const session = new DocumentSession({
      url: webSocketOrigin(origin),
      token,
      room,
      person: this.#person,
      kind: "guest",
      role,
    })
    return { session, unsent: new UnsentWords(session, () => this.#leaveWhenDone(room)) }
  }

  #leave(file: OpenFile): void {
    const { session } = file
    this.#leaving.set(session.room, file)
    session.disappear()
    session.subscribe(() => this.#leaveWhenDone(session.room))
    this.#leaveWhenDone(session.room)
  }

  #leaveWhenDone(room: string): void {
    const file = this.#leaving.get(room)
    if (file === undefined) return
    const { loaded, changes, connection, readOnly } = file.session.snapshot()
    const isDone = loaded && changes === 0 && (readOnly || file.unsent.hasAdopted)
    if (!isDone && connection !== "refused") return
    this.#leaving.delete(room)
    file.session.destroy()
  }
}

/** A browser that keeps nothing for this page has none. */
async function roomsWithUnsentWords(): Promise<string[]> {
  try {
    return await new UnsentShelf().rooms()
  } catch {
    return []
  }
}
