import { ChevronDown, ChevronUp, X } from "lucide-react"
import { useEffect, useRef, useState } from "react"
import { type ChangesViewer, createChangesViewer } from "../editor/changes-viewer.ts"
import { IconButton } from "./icon-button.tsx"
import { clock, timeWords } from "./time-words.ts"
import type { AbsenceNews } from "./use-absence-news.ts"
import "./changes-view.css"

interface ChangesViewProps {
  news: AbsenceNews
  title: string
  onClose: () => void
}

/** What others changed, in place of the text: one change after the other. */
export function ChangesView({ news, title, onClose }: ChangesViewProps) {
  const parent = useRef<HTMLDivElement>(null)
  const viewer = useRef<ChangesViewer | null>(null)
  const [index, setIndex] = useState(0)
  const { absence, changes } = news
  const step = (by: 1 | -1) => setIndex((now) => (now + by + changes.length) % changes.length)
  const latest = useRef({ step, onClose })
  latest.current = { step, onClose }

  useEffect(() => {
    if (parent.current === null) return
    const made = createChangesViewer({
      parent: parent.current,
      before: absence.before,
      after: absence.after,
      changes,
      label: `What changed in ${title}`,
      onStep: (by) => latest.current.step(by),
      onClose: () => latest.current.onClose(),
    })
    viewer.current = made
    made.focus()
    return () => {
      viewer.current = null
      made.destroy()
    }
  }, [absence, changes, title])

  useEffect(() => viewer.current?.show(index), [index])

  return (
    <section className="changes-view" aria-label={`What changed in ${title}`}>
      <header className="changes-head">
        <IconButton label="Back to the text" onPress={onClose}>
          <X />
        </IconButton>
        <span className="grow">
          <span className="medium">{title}</span> <span className="quiet">{whenWords(absence)}</span>
        </span>
        <IconButton label="Change before" onPress={() => step(-1)}>
          <ChevronUp />
        </IconButton>
        <span className="figures" role="status">
          {index + 1} of {changes.length}
        </span>
        <IconButton label="Next change" onPress={() => step(1)}>
          <ChevronDown />
        </IconButton>
      </header>
      <div className="changes-text" ref={parent} />
    </section>
  )
}

function whenWords({ since, until }: AbsenceNews["absence"]): string {
  if (since === null) return `while you were away, up to ${clock(until)}`
  const day = timeWords(since, until)
  const from =
    day === clock(since) || day.endsWith("ago") || day === "just now"
      ? clock(since)
      : `${day} ${clock(since)}`
  return `${from} to ${clock(until)}, while you were offline`
}
