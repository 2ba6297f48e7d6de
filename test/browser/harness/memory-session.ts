import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from "y-protocols/awareness"
import * as Y from "yjs"
import { presenceUser } from "../../../protocol/presence.ts"
import type { EditorSession } from "../../../renderer/editor/create-editor.ts"
import type { CaretLookup } from "../../../renderer/session/people.ts"

interface Change {
  added: number[]
  updated: number[]
  removed: number[]
}

/** Joins documents in memory: what one says, all others hear at once, unless they are cut off. */
export class Hub {
  readonly doc = new Y.Doc()
  readonly #members = new Set<MemorySession>()

  join(session: MemorySession): void {
    Y.applyUpdate(session.doc, Y.encodeStateAsUpdate(this.doc), this)
    for (const other of this.#members) {
      applyAwarenessUpdate(
        session.awareness,
        encodeAwarenessUpdate(other.awareness, [other.doc.clientID]),
        this,
      )
    }
    this.#members.add(session)
    session.doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin === this) return
      Y.applyUpdate(this.doc, update, session)
      for (const other of this.#members) if (other !== session) Y.applyUpdate(other.doc, update, this)
    })
    session.awareness.on("update", ({ added, updated, removed }: Change, origin: unknown) => {
      if (origin !== "local") return
      const update = encodeAwarenessUpdate(session.awareness, [...added, ...updated, ...removed])
      for (const other of this.#members)
        if (other !== session) applyAwarenessUpdate(other.awareness, update, this)
    })
    const update = encodeAwarenessUpdate(session.awareness, [session.doc.clientID])
    for (const other of this.#members)
      if (other !== session) applyAwarenessUpdate(other.awareness, update, this)
  }
}

/** A session whose server is the page itself. */
export class MemorySession implements EditorSession {
  readonly doc = new Y.Doc()
  readonly text = this.doc.getText("codemirror")
  readonly awareness = new Awareness(this.doc)
  readonly editOrigin = { name: "edit" }
  readonly undoManager = new Y.UndoManager(this.text, { trackedOrigins: new Set([this.editOrigin]) })
  readonly #listeners = new Set<() => void>()
  #state = { loaded: true, readOnly: false }
  caretOf: CaretLookup = () => null

  constructor(person: { name: string; peer: number }) {
    this.awareness.setLocalState({ user: presenceUser({ ...person, id: person.name }) })
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly snapshot = () => this.#state

  change(state: Partial<{ loaded: boolean; readOnly: boolean }>): void {
    this.#state = { ...this.#state, ...state }
    for (const listener of this.#listeners) listener()
  }

  setCaretLookup(lookup: CaretLookup | null): void {
    this.caretOf = lookup ?? (() => null)
  }

  caretsMoved(): void {}
}
