import { useMemo } from "react"
import type { Absence, AbsenceWriter } from "../../protocol/absence.ts"
import { type TextChange, textChanges } from "../editor/text-changes.ts"
import { absenceSentence, writersOf } from "../session/absence-words.ts"
import type { DocumentSession } from "../session/document-session.ts"
import { useSnapshot } from "../use-snapshot.ts"

/** What is shown of an absence. */
export interface AbsenceNews {
  absence: Absence
  changes: readonly TextChange[]
  writers: readonly AbsenceWriter[]
  sentence: string
  dismiss: () => void
}

export function useAbsenceNews(
  session: DocumentSession,
  absence: Absence | null,
  dismiss: () => void,
): AbsenceNews | null {
  const { people } = useSnapshot(session)
  const changes = useMemo(
    () => (absence === null ? [] : textChanges(absence.before, absence.after)),
    [absence],
  )
  if (absence === null || changes.length === 0) return null
  const { writers, hasOthers } = writersOf(absence, people)
  const counts = { changes: changes.length, writers, hasOthers }
  return { absence, changes, writers, sentence: absenceSentence(absence, counts), dismiss }
}
