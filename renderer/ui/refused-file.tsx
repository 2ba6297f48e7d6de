import type { ErrorReport } from "../../protocol/errors.ts"
import { Button } from "./button.tsx"
import { CentreNote } from "./centre-note.tsx"

interface RefusedFileProps {
  name: string
  error: ErrorReport
  onRetry: () => void
  onClose: () => void
}

/** A file that cannot be edited here: the sentence says why, and that it is as it was. */
export function RefusedFile({ name, error, onRetry, onClose }: RefusedFileProps) {
  return (
    <CentreNote
      title={`“${name}” cannot be opened here`}
      actions={
        <>
          <Button size="large" onPress={onRetry}>
            Try again
          </Button>
          <Button size="large" look="ghost" onPress={onClose}>
            Close the tab
          </Button>
        </>
      }
    >
      <p>{error.message}</p>
    </CentreNote>
  )
}
