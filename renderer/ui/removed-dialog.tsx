import { AskDialog } from "./ask-dialog.tsx"
import { Button } from "./button.tsx"

interface RemovedDialogProps {
  /** Who ended it, as people know them. */
  by: string
  title: string
  /** When, as `10:42`. */
  at: string
  /** The desktop keeps the words by itself; in a browser they are in the tab only. */
  keeps: "computer" | "tab"
  /** Changes that never reached the host. */
  unsent: number
  onKeep: () => void
  onDownload?: () => void
}

/** Access has ended. The one dialog that stops the work; the safe answer has the focus. */
export function RemovedDialog({ by, title, at, keeps, unsent, onKeep, onDownload }: RemovedDialogProps) {
  const isHere = keeps === "computer"
  return (
    <AskDialog
      title={`${by} has ended your access to “${title}”`}
      onEscape={onKeep}
      answers={
        <>
          {onDownload !== undefined && (
            <Button look="ink" autoFocus onPress={onDownload}>
              Download my copy
            </Button>
          )}
          <Button look={isHere ? "ink" : "plain"} autoFocus={isHere} onPress={onKeep}>
            {isHere ? "Keep my copy" : "Only read it here"}
          </Button>
        </>
      }
    >
      <p>
        You no longer see what the others write, and they do not see what you write.
        {unsent > 0
          ? ` Your last ${unsent === 1 ? "change is" : `${unsent} changes are`} not with them.`
          : ` All that you wrote until ${at} is with them.`}
      </p>
      <p>
        {isHere
          ? `You still have a copy on this computer, as it was at ${at}. It is yours to keep.`
          : `You still have a copy in this tab, as it was at ${at}. It goes when you close the tab, unless you download it.`}
      </p>
    </AskDialog>
  )
}
