import { downloadText, fileNameFor } from "../download.ts"
import { AskDialog } from "../ui/ask-dialog.tsx"
import { Button } from "../ui/button.tsx"
import type { TabStore } from "./tab-store.ts"

interface CloseUnsavedProps {
  /** The tab that is to be closed; null: none. */
  path: string | null
  tabs: TabStore
  onDone: () => void
}

/** Asks before a tab is closed whose words are nowhere else. */
export function CloseUnsaved({ path, tabs, onDone }: CloseUnsavedProps) {
  const tab = tabs.snapshot().tabs.find((other) => other.path === path)
  if (tab?.content.kind !== "open") return null
  const { session } = tab.content
  return (
    <AskDialog
      title="These words are nowhere else yet"
      onEscape={onDone}
      answers={
        <>
          <Button look="ink" autoFocus onPress={onDone}>
            Keep open
          </Button>
          <Button onPress={() => downloadText(fileNameFor(tab.title), session.text.toString())}>
            Save a copy
          </Button>
          <Button
            look="danger"
            onPress={() => {
              onDone()
              tabs.close(tab.path)
            }}
          >
            Lose them
          </Button>
        </>
      }
    >
      <p>Your last changes to “{tab.title}” are only in this window. If you close it now, they are gone.</p>
    </AskDialog>
  )
}
