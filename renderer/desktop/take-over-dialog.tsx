import type { WindowState } from "../../protocol/ipc.ts"
import { AskDialog } from "../ui/ask-dialog.tsx"
import { Button } from "../ui/button.tsx"
import { hostName } from "./document-facts.ts"

interface TakeOverDialogProps {
  state: WindowState
  onTake: () => void
  onLeave: () => void
}

/** Asks before this computer hosts what somebody else did. */
export function TakeOverDialog({ state, onTake, onLeave }: TakeOverDialogProps) {
  const { workspace } = state
  if (workspace.kind !== "joined") return null
  return (
    <AskDialog
      title={`Host “${workspace.title}” from this computer?`}
      onEscape={onLeave}
      answers={
        <>
          <Button look="ink" autoFocus onPress={onLeave}>
            Wait for the host
          </Button>
          <Button onPress={onTake}>Take over hosting</Button>
        </>
      }
    >
      <p>
        You have all that reached this computer, and nothing of it is lost. Share it from here, and send the
        others the new link: what they wrote meanwhile comes together with yours.
      </p>
      <p>
        When {hostName(workspace)} comes back, it goes on by itself there until its people open your link.
      </p>
    </AskDialog>
  )
}
