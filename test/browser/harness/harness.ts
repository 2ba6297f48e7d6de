import { EditorView } from "@codemirror/view"
import { yCollab } from "y-codemirror.next"
import * as Y from "yjs"
import { type CaretReport, createEditor, type Editor } from "../../../renderer/editor/create-editor.ts"
import { Hub, MemorySession } from "./memory-session.ts"

interface Member {
  session: MemorySession
  editor: Editor | null
  caret: CaretReport | null
  words: number | null
}

/** What the tests drive: people in one document, some of them with an editor on the page. */
export class Harness {
  readonly hub = new Hub()
  readonly members: Member[] = []

  /** Returns the new member's number. */
  join(person: { name: string; peer: number; editor: boolean }): number {
    const session = new MemorySession(person)
    this.hub.join(session)
    const member: Member = { session, editor: null, caret: null, words: null }
    if (person.editor) {
      const parent = document.createElement("section")
      document.body.append(parent)
      member.editor = createEditor({
        parent,
        session,
        readOnly: false,
        label: `Text of ${person.name}`,
        onCaret: (report) => {
          member.caret = report
        },
        onWords: (count) => {
          member.words = count
        },
      })
    }
    return this.members.push(member) - 1
  }

  /** Somebody with the public y-codemirror editor. Returns the new member's number. */
  joinForeign(person: { name: string; peer: number }): number {
    const session = new MemorySession(person)
    this.hub.join(session)
    const parent = document.createElement("section")
    parent.className = "foreign"
    document.body.append(parent)
    const extensions = [yCollab(session.text, session.awareness)]
    new EditorView({ parent, doc: session.text.toString(), extensions })
    return this.members.push({ session, editor: null, caret: null, words: null }) - 1
  }

  member(index: number): Member {
    const member = this.members[index]
    if (member === undefined) throw new RangeError(`There is no member ${index}`)
    return member
  }

  editor(index: number): Editor {
    const { editor } = this.member(index)
    if (editor === null) throw new RangeError(`Member ${index} has no editor`)
    return editor
  }

  /** What the editor shows, and what the document says. */
  texts(index: number): { shown: string; shared: string } {
    const { session } = this.member(index)
    return { shown: this.editor(index).view.state.doc.toString(), shared: session.text.toString() }
  }

  /** Writes as the member would in another editor. */
  write(index: number, at: number, text: string, options: { erase?: number } = {}): void {
    const { session } = this.member(index)
    session.doc.transact(() => {
      if (options.erase !== undefined) session.text.delete(at, options.erase)
      session.text.insert(at, text)
    }, this)
  }

  select(index: number, anchor: number, head: number): void {
    const { text, awareness } = this.member(index).session
    awareness.setLocalStateField("cursor", {
      anchor: Y.createRelativePositionFromTypeIndex(text, anchor),
      head: Y.createRelativePositionFromTypeIndex(text, head),
    })
  }
}

declare global {
  interface Window {
    harness: Harness
  }
}

window.harness = new Harness()
