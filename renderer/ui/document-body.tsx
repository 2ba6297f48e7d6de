import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from "react"
import type { Absence } from "../../protocol/absence.ts"
import type { DocumentSession } from "../session/document-session.ts"
import type { Light } from "../session/light.ts"
import { DocumentBanner } from "./document-banner.tsx"
import { EditorPane } from "./editor-pane.tsx"
import type { Pane } from "./pane.ts"
import { useAbsenceNews } from "./use-absence-news.ts"
import "./document-body.css"

const ChangesView = lazy(() =>
  import("./changes-view.tsx").then((module) => ({ default: module.ChangesView })),
)

interface DocumentBodyProps {
  session: DocumentSession
  pane: Pane
  title: string
  light: Light
  /** Who decides what one may do here, as people know them. */
  by: string
  /** Ways to bring words in danger to safety. */
  rescue: ReactNode
  /** Hosts the document from this computer, in the place of a host that has gone. */
  onTakeOver?: (() => void) | undefined
  /** What others wrote while one was away, until it is dismissed. */
  absence: Absence | null
  onDismissAbsence: () => void
  /** What else is to be said over the text, when nothing worse is. */
  note?: ReactNode
}

/** The text, the line over it, and in its place, when asked for, what changed. */
export function DocumentBody({
  session,
  pane,
  title,
  absence,
  onDismissAbsence,
  ...rest
}: DocumentBodyProps) {
  const news = useAbsenceNews(session, absence, onDismissAbsence)
  const [isComparing, setComparing] = useState(false)
  const back = () => {
    setComparing(false)
    onDismissAbsence()
  }
  const compared = isComparing ? news : null
  useFocusOnReturn(pane, compared !== null)
  return (
    <>
      {compared === null && (
        <DocumentBanner {...rest} session={session} news={news} onShowNews={() => setComparing(true)} />
      )}
      <div className="document-body">
        <div className="document-text" inert={compared !== null}>
          <EditorPane session={session} pane={pane} title={title} />
        </div>
        {compared !== null && (
          <Suspense>
            <ChangesView news={compared} title={title} onClose={back} />
          </Suspense>
        )}
      </div>
    </>
  )
}

/** The keyboard goes back into the text once that can be reached again. */
function useFocusOnReturn(pane: Pane, isAway: boolean): void {
  const wasAway = useRef(false)
  useEffect(() => {
    if (wasAway.current && !isAway) pane.focus()
    wasAway.current = isAway
  }, [pane, isAway])
}
