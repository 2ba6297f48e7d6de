import { useEffect, useRef } from "react"
import { createEditor } from "../editor/create-editor.ts"
import type { DocumentSession } from "../session/document-session.ts"
import { useSnapshot } from "../use-snapshot.ts"
import type { Pane } from "./pane.ts"
import "./editor-pane.css"

interface EditorPaneProps {
  session: DocumentSession
  pane: Pane
  title: string
}

/** The text. It stays mounted while another tab is in front, so that nothing of its state is lost. */
export function EditorPane({ session, pane, title }: EditorPaneProps) {
  const parent = useRef<HTMLDivElement>(null)
  const label = useRef(title)
  label.current = title

  useEffect(() => {
    if (parent.current === null) return
    const editor = createEditor({
      parent: parent.current,
      session,
      readOnly: false,
      label: label.current,
      onCaret: pane.setCaret,
      onWords: pane.setWords,
      onPlace: pane.placeChanged,
    })
    pane.attach(editor)
    return () => pane.detach()
  }, [session, pane])

  return (
    <div className="editor-pane">
      <div className="editor-parent" ref={parent} />
      <Following session={session} pane={pane} />
    </div>
  )
}

/** The frame round the text while it follows somebody. */
function Following({ session, pane }: { session: DocumentSession; pane: Pane }) {
  const { following } = useSnapshot(pane)
  const { people } = useSnapshot(session)
  const person = people.find((other) => other.id === following)
  if (person === undefined) return null
  return (
    <div className="following" data-peer={person.peer}>
      <span>
        Following <bdi>{person.name}</bdi>
      </span>
    </div>
  )
}
